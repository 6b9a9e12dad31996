import { z } from 'zod'
import { compareConfigSchema, linkSchema, profileNames } from './config.ts'
import { energySchema } from './energy.ts'
import { layerTimesSchema } from './layerTimes.ts'
import { linkWaySchema } from './linkWay.ts'
import { overChannelsSchema } from './overChannels.ts'

/** The JSON of a comparison (protocol.md "Command line"). Times in ms, sizes in bytes, accuracies as fractions. */
export const timeSchema = z.object({
  median: z.number(),
  p95: z.number(),
  /** Of the median, from order statistics over blocks. */
  ci95: z.tuple([z.number(), z.number()]),
  n: z.number().int(),
  source: z.enum(['measured', 'modelled', 'emulated']),
})
export type Time = z.infer<typeof timeSchema>

/** Composed from parts; never in one column with what was measured as a whole. */
export const endToEndSchema = z.object({
  composedMs: z.number(),
  measuredMs: z.number().nullable(),
  parts: z.object({ device: z.number(), transmission: z.number(), server: z.number() }),
  ci95: z.tuple([z.number(), z.number()]),
})
export type EndToEnd = z.infer<typeof endToEndSchema>

/** How a candidate's end-to-end latency stands to another one's: `ratio` this / reference, 95 % interval of it. */
export const verdictSchema = z.object({
  /** Id of the other candidate. */
  reference: z.string(),
  ratio: z.number(),
  ci95: z.tuple([z.number(), z.number()]),
  /** Null where the difference is not significant. */
  faster: z.enum(['this', 'reference']).nullable(),
  /** Whether the two took turns, so that ratios of single rounds were compared. */
  paired: z.boolean(),
})
export type Verdict = z.infer<typeof verdictSchema>

/** What a head costs that looks its products up; counts are of one image. */
export const lookupSchema = z.object({
  /** Multiply-accumulates of the tables and of layers that do not look up, and numbers that are looked up and added. */
  macs: z.number(),
  lookups: z.number(),
  /** Of the same head as ordinary layers. */
  denseMacs: z.number(),
  /** Words, assignments and all other weights, in bits. */
  bits: z.number(),
  /** Largest difference of its features from the trainer's, as a share of the largest feature. */
  error: z.number(),
})
export type Lookup = z.infer<typeof lookupSchema>

/** A head that computes in whole numbers, beside the same head in float32. */
export const int8Schema = z.object({
  /** Of the two files. */
  headBytes: z.number(),
  floatBytes: z.number(),
  /** Root mean square of the difference of their features, as a share of the float features' own, over the check images. */
  error: z.number(),
})
export type Int8 = z.infer<typeof int8Schema>

export const candidateSchema = z.object({
  id: z.string(),
  framework: z.string(),
  /** "step1", "step2" for two-step; "float32", "uint8" for only-splitting's two forms live in `codec`. */
  step: z.string().nullable(),
  partitionPoint: z.string(),
  accuracy: z.number(),
  accuracyNoWire: z.number(),
  accuracyLoss: z.number(),
  validationAccuracy: z.number(),
  headMacs: z.number(),
  headParameters: z.number(),
  tailMacs: z.number(),
  tailParameters: z.number(),
  /** Elements of the feature map per image. */
  elements: z.number(),
  payloadBytes: z.number(),
  payloadBytesP95: z.number(),
  headerBytes: z.number(),
  /**
   * Uses of an analog channel per image, one real symbol each; absent where bytes cross. `payloadBytes` is then what the
   * channel carries in as many uses at Shannon's rate.
   */
  symbols: z.number().int().positive().optional(),
  codec: z.string(),
  /** Where its channel is random; its encoder is told of the channel that it was trained for. Older runs lack it. */
  overChannels: overChannelsSchema.optional(),
  /** Where the device looks products up in tables instead of computing them; `head` is then the file of these tables. */
  lookup: lookupSchema.optional(),
  /** Where the device computes in int8. */
  int8: int8Schema.optional(),
  /** Image-epochs of training that its framework used for all of its candidates; runs before it was counted lack it. */
  trainingBudget: z.number().nonnegative().optional(),
  deviceMs: timeSchema.nullable(),
  serverMs: timeSchema.nullable(),
  transmissionMs: z.number(),
  endToEnd: endToEndSchema.nullable(),
  /** Of one inference on the device; null: not known. */
  energy: energySchema.nullable().default(null),
  byLink: z.record(z.string(), z.object({ transmissionMs: z.number(), endToEnd: endToEndSchema.nullable() })),
  /** `dense`: the same head as ordinary layers, where `head` is something else. */
  files: z.object({
    head: z.string(),
    dense: z.string().optional(),
    tail: z.string(),
    split: z.string(),
    check: z.string(),
  }),
  hashes: z.object({ head: z.string(), tail: z.string(), weights: z.string() }),
  /**
   * On the chosen link, against the fastest candidate within the accuracy bound and against the pinned baseline; `dense`:
   * the device's time alone, of a head that looks up or computes in int8 against the same head as ordinary float layers.
   */
  verdicts: z
    .object({
      best: verdictSchema.nullable(),
      baseline: verdictSchema.nullable(),
      dense: verdictSchema.nullable().optional(),
    })
    .nullable()
    .default(null),
})
export type Candidate = z.infer<typeof candidateSchema>

/** What the trainer knows of a candidate: everything but times. */
export const untimedCandidateSchema = candidateSchema.omit({
  deviceMs: true,
  serverMs: true,
  transmissionMs: true,
  endToEnd: true,
  energy: true,
  byLink: true,
  verdicts: true,
})
export type UntimedCandidate = z.infer<typeof untimedCandidateSchema>

/** One row of a network's layer table, per model: original, step 1, step 2 (each row from the model of its point). */
export const layerRowSchema = z.object({
  point: z.string(),
  shape: z.array(z.number()),
  elements: z.number(),
  macs: z.number(),
  cumulativeMacs: z.number(),
  parameters: z.number(),
})
export const layerSeriesSchema = z.object({
  /** "original", "step 1", "step 2". */
  name: z.string(),
  rows: z.array(layerRowSchema),
})
export type LayerSeries = z.infer<typeof layerSeriesSchema>

/** Conditions read around a timing; null = the machine does not tell (never 0). */
/** Devices tell these: what cannot be is no reading. */
export const conditionsSchema = z.object({
  clockMhz: z.number().min(0).max(1e6).nullable(),
  temperatureC: z.number().min(-273.15).max(1000).nullable(),
  throttled: z.string().nullable(),
  governor: z.string().nullable(),
  load1: z.number().min(0).max(1e6).nullable(),
  /** Cores that other processes kept busy since the reading before this one. */
  otherCores: z.number().min(0).max(1e6).nullable().default(null),
  /** The highest clock that the processor is specified for. */
  nominalMhz: z.number().min(0).max(1e6).nullable().default(null),
  onBattery: z.boolean().nullable().default(null),
})
export type Conditions = z.infer<typeof conditionsSchema>

export const deviceInfoSchema = z.object({
  name: z.string(),
  kind: z.enum(['local', 'ssh', 'serial', 'simulated']),
  arch: z.string(),
  os: z.string(),
  cpu: z.string(),
  cores: z.number().int().min(0).max(1e6),
  memoryBytes: z.number().min(0).max(1e18).nullable(),
  board: z.string().nullable(),
  kernel: z.string(),
  runtime: z.string(),
  agent: z.string(),
  emulated: z.boolean(),
  conditions: z
    .object({
      before: conditionsSchema,
      after: conditionsSchema,
      /** While it was timed; `atS` in seconds worked since the first timing began. */
      during: z.array(z.object({ atS: z.number(), conditions: conditionsSchema })).default([]),
    })
    .nullable(),
})
export type DeviceInfo = z.infer<typeof deviceInfoSchema>

/** What the profile has decided, in numbers. */
const recipeSchema = compareConfigSchema.pick({ points: true, training: true, twoStep: true, codec: true, auto: true })

export const comparisonSchema = z.object({
  protocol: z.literal(1),
  run: z.object({
    id: z.string(),
    seed: z.number(),
    profile: z.enum(profileNames),
    /** As it was typed. */
    command: z.string(),
    /** With every option spelled out (experiment/fullCommand.ts), and what has none; older runs lack both. */
    fullCommand: z.string().optional(),
    recipe: recipeSchema.optional(),
    configHash: z.string(),
    versions: z.record(z.string(), z.string()),
    fingerprint: z.record(z.string(), z.union([z.string(), z.number()])),
    startedAt: z.string(),
    durationS: z.number(),
    /** Whether it was interrupted and resumed on the way. */
    resumed: z.number().int(),
  }),
  dataset: z.object({
    name: z.string(),
    hash: z.string(),
    train: z.number(),
    validation: z.number(),
    test: z.number(),
    classes: z.number(),
    /** Of the classes in their order; runs before 2026-11-27 do not tell. */
    classNames: z.array(z.string()).optional(),
    size: z.number(),
    notes: z.array(z.string()),
  }),
  network: z.object({
    name: z.string(),
    width: z.number(),
    parameters: z.number(),
    macs: z.number(),
    /** Name of the pretrained weights that are the baseline; absent: it was trained in this run. */
    pretrained: z.string().optional(),
  }),
  baseline: z.object({
    accuracy: z.number(),
    validationAccuracy: z.number(),
    weightsHash: z.string(),
    curve: z.array(
      z.object({
        epoch: z.number(),
        loss: z.number(),
        trainAccuracy: z.number(),
        validationAccuracy: z.number().nullable(),
        /** Share of the training time in which the step waited for images; runs before it was measured lack it. */
        dataShare: z.number().optional(),
      }),
    ),
  }),
  maxLoss: z.number(),
  /** Whether candidates may be selected by times of an emulated device. */
  allowEmulated: z.boolean().default(false),
  device: deviceInfoSchema,
  server: deviceInfoSchema,
  link: linkSchema,
  gamma: z.number().nullable(),
  timing: z.object({
    seconds: z.number(),
    minIterations: z.number(),
    threads: z.number(),
    /** Images per run; times are per image. */
    batch: z.number(),
    /** "MLPerf Tiny" (at least 10 s and 10 runs), or the override: "override: 0.5 s". */
    rule: z.string().nullable().default(null),
  }),
  layers: z.array(layerSeriesSchema),
  /** Of the unpruned network on the device; null where no layer was timed. */
  layerTimes: layerTimesSchema.nullable().default(null),
  candidates: z.array(candidateSchema),
  /** How `endToEnd.measuredMs` came about; null: nothing was measured as a whole. */
  together: z
    .object({
      way: linkWaySchema,
      shaping: z.enum(['none', 'paced', 'kernel']),
      note: z.string(),
      /** Median of |composed and the way back / measured − 1|. */
      medianError: z.number(),
    })
    .nullable()
    .default(null),
  /** Points that a framework could not fill, with the reason: an empty cell, never an estimate. */
  missing: z.array(
    z.object({ framework: z.string(), step: z.string().nullable(), partitionPoint: z.string(), reason: z.string() }),
  ),
  report: z.object({ html: z.string(), csv: z.string(), json: z.string() }),
})
export type Comparison = z.infer<typeof comparisonSchema>
