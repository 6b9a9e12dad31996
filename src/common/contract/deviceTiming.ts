import { z } from 'zod'
import { conditionsSchema, deviceInfoSchema, timeSchema } from './result.ts'

/** `timing.json` of a run with the verb "device time": heads of a finished comparison, timed on one device. Times in ms. */

/** What decides such a run: its hash finds the interrupted one that is continued. */
export const deviceTimeConfigSchema = z.object({
  device: z.string(),
  /** The finished comparison, by its name below the workspace's runs. */
  run: z.string(),
  /** null: all partition points of that run. */
  points: z.array(z.string()).min(1).nullable(),
  timing: z.object({
    seconds: z.number().positive().max(3600),
    minIterations: z.number().int().positive(),
    threads: z.number().int().positive().max(1024),
    batch: z.number().int().positive(),
  }),
})
export type DeviceTimeConfig = z.infer<typeof deviceTimeConfigSchema>

export const timedHeadSchema = z.object({
  /** Of the candidate in its comparison. */
  id: z.string(),
  framework: z.string(),
  step: z.string().nullable(),
  partitionPoint: z.string(),
  codec: z.string(),
  headMacs: z.number(),
  /** Head and encoding together, batch as configured. */
  deviceMs: timeSchema,
  /** What the comparison itself had measured (or modelled) on its own device; null: nothing. */
  storedMs: timeSchema.nullable(),
  warmup: z.number().int(),
  steady: z.boolean(),
  before: conditionsSchema,
  after: conditionsSchema,
  clockResolutionMs: z.number(),
  /** Names the raw samples of `timings.samples`: heads with equal content share them. */
  samples: z.string(),
})
export type TimedHead = z.infer<typeof timedHeadSchema>

export const deviceTimingSchema = z.object({
  protocol: z.literal(1),
  id: z.string(),
  command: z.string(),
  startedAt: z.string(),
  durationS: z.number(),
  /** How the user names the device; `device.name` is what it was then. */
  config: deviceTimeConfigSchema,
  network: z.object({ name: z.string(), width: z.number() }),
  device: deviceInfoSchema,
  /** Heads that the comparison has and that were not timed here, with the reason. */
  missing: z.array(z.object({ id: z.string(), partitionPoint: z.string(), reason: z.string() })),
  heads: z.array(timedHeadSchema),
})
export type DeviceTiming = z.infer<typeof deviceTimingSchema>

/** Raw samples of one head, in the order they were taken: `of` of them where there are too many for one answer. */
export const rawSamplesSchema = z.object({
  modelMs: z.array(z.number()),
  codecMs: z.array(z.number()),
  of: z.number().int(),
})
export type RawSamples = z.infer<typeof rawSamplesSchema>
