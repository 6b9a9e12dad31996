import { z } from 'zod'
import { linkSchema } from './config.ts'
import { deviceInfoSchema, endToEndSchema, timeSchema } from './result.ts'

/** `profile.json` of a run with the verb "profile": one ONNX file, cut and timed everywhere. Times in ms, sizes in bytes. */

/** What decides such a run. */
export const profileConfigSchema = z.object({
  /** The ONNX file, absolute. */
  model: z.string(),
  /** Of its content: a changed file is another run. */
  modelHash: z.string(),
  /** All extents of the input, batch first; null: as the file says. */
  input: z.array(z.number().int().positive()).max(8).nullable(),
  /** Height and width, where only these are open. */
  size: z.number().int().positive().nullable(),
  /** Of several outputs the one that counts. */
  output: z.string().nullable(),
  /** "useful", "all", or names. */
  points: z.union([z.enum(['useful', 'all']), z.array(z.string()).min(1)]),
  device: z.string(),
  server: z.string(),
  link: linkSchema,
  /** Seconds that each head and tail is timed; null: chosen so that the whole takes about a minute. */
  timeS: z.number().positive().max(3600).nullable(),
  threads: z.number().int().positive().max(1024),
  seed: z.number().int().nonnegative(),
})
export type ProfileConfig = z.infer<typeof profileConfigSchema>

export const profiledLayerSchema = z.object({
  name: z.string(),
  op: z.string(),
  /** Of its first output, without the batch. */
  shape: z.array(z.number()),
  macs: z.number(),
  parameters: z.number(),
  cumulativeMacs: z.number(),
  cumulativeParameters: z.number(),
  /** Bytes of its first output as it is. */
  bytes: z.number(),
  /** The partition point behind it that was timed. */
  point: z.string().nullable(),
})
export type ProfiledLayer = z.infer<typeof profiledLayerSchema>

/** A cut as the trainer makes it: everything but times. Files relative to the run's folder while it is running. */
export const untimedCutSchema = z.object({
  point: z.string(),
  /** Name of the tensor that crosses. */
  tensor: z.string(),
  type: z.enum(['float32', 'uint8']),
  shape: z.array(z.number()),
  elements: z.number().int(),
  headMacs: z.number(),
  headParameters: z.number(),
  tailMacs: z.number(),
  tailParameters: z.number(),
  /** Bytes of its tensor as it is, and with one byte per element. */
  payloadBytes: z.number(),
  uint8Bytes: z.number(),
  headerBytes: z.number(),
  files: z.object({ head: z.string(), tail: z.string(), split: z.string(), check: z.string() }),
  /** Bytes that head and tail read of the file of weights. */
  weightBytes: z.object({ head: z.number().int(), tail: z.number().int() }),
})
export type UntimedCut = z.infer<typeof untimedCutSchema>

const overLinkSchema = z.object({ transmissionMs: z.number(), endToEnd: endToEndSchema })

export const profiledCutSchema = untimedCutSchema.omit({ files: true, weightBytes: true }).extend({
  deviceMs: timeSchema,
  serverMs: timeSchema,
  /** Largest difference to the reference, as a share of the largest value (codes: of elements that differ). */
  headError: z.number(),
  tailError: z.number(),
  /** Per link, with the tensor as it is and with one byte per element (rounding to it is not timed, its accuracy not known). */
  byLink: z.record(z.string(), z.object({ float32: overLinkSchema, uint8: overLinkSchema })),
  /** Head and tail as files, where this is a best cut: relative to the run's folder. */
  files: z.object({ head: z.string(), tail: z.string() }).nullable(),
})
export type ProfiledCut = z.infer<typeof profiledCutSchema>

export const cutModelSchema = z.object({
  producer: z.string(),
  opset: z.number().int(),
  nodes: z.number().int(),
  input: z.object({ name: z.string(), type: z.enum(['float32', 'uint8']), dims: z.array(z.number()) }),
  output: z.object({ name: z.string(), dims: z.array(z.number()) }),
  macs: z.number(),
  parameters: z.number(),
  /** Operators that multiply but are not counted. */
  uncounted: z.array(z.string()),
})

/** What the trainer finds in a model and makes of it. */
export const cutOutcomeSchema = z.object({
  model: cutModelSchema,
  layers: z.array(profiledLayerSchema),
  cuts: z.array(untimedCutSchema),
  /** What heads and tails share: their weights, once, in a file that they name by its SHA-256. Null: they have none. */
  weights: z.object({ file: z.string(), hash: z.string(), bytes: z.number().int() }).nullable(),
  /** Partition points that there are, and those among them that cannot be a cut, with the reason. */
  found: z.number().int(),
  skipped: z.array(z.object({ point: z.string(), reason: z.string() })),
  /** One inference of the whole on this computer without optimisation, in ms: to choose how long to time. */
  wholeMs: z.number(),
})
export type CutOutcome = z.infer<typeof cutOutcomeSchema>

export const payloadForms = ['float32', 'uint8'] as const
export type PayloadForm = (typeof payloadForms)[number]

/** The fastest cut for all rates from `fromMbps` (0: any slower one) up to `toMbps` (null: without end). */
export const rateRangeSchema = z.object({
  point: z.string(),
  fromMbps: z.number().nonnegative(),
  toMbps: z.number().positive().nullable(),
})
export type RateRange = z.infer<typeof rateRangeSchema>

const bestSchema = z.object({ point: z.string(), composedMs: z.number() })

export const modelProfileSchema = z.object({
  protocol: z.literal(1),
  run: z.object({
    id: z.string(),
    seed: z.number(),
    command: z.string(),
    configHash: z.string(),
    versions: z.record(z.string(), z.string()),
    startedAt: z.string(),
    durationS: z.number(),
  }),
  model: cutModelSchema.extend({ file: z.string(), bytes: z.number(), hash: z.string() }),
  device: deviceInfoSchema,
  server: deviceInfoSchema,
  link: linkSchema,
  timing: z.object({
    seconds: z.number(),
    minIterations: z.number(),
    threads: z.number(),
    rule: z.string(),
    /** Whether the seconds were chosen here. */
    chosen: z.boolean(),
  }),
  found: z.number().int(),
  skipped: z.array(z.object({ point: z.string(), reason: z.string() })),
  layers: z.array(profiledLayerSchema),
  cuts: z.array(profiledCutSchema),
  best: z.array(z.object({ link: linkSchema, float32: bestSchema, uint8: bestSchema })),
  /** Where the best cut flips with the rate, without a round-trip time. */
  byRate: z.object({ float32: z.array(rateRangeSchema), uint8: z.array(rateRangeSchema) }),
  report: z.object({ html: z.string(), csv: z.string(), json: z.string() }),
})
export type ModelProfile = z.infer<typeof modelProfileSchema>
