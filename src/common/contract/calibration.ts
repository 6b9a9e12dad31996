import { z } from 'zod'
import { layerKinds } from '../latency/regressors.ts'
import { conditionsSchema, timeSchema } from './result.ts'

/** What a device takes for single layers of many shapes, and the regressors that were fitted to it. Times in ms. */
export const calibrationSchema = z.object({
  protocol: z.literal(1),
  device: z.object({ name: z.string(), board: z.string().nullable(), cpu: z.string(), runtime: z.string() }),
  source: timeSchema.shape.source,
  threads: z.number().int().positive(),
  seed: z.number().int().nonnegative(),
  /** ISO 8601. */
  at: z.string(),
  before: conditionsSchema,
  after: conditionsSchema,
  samples: z.array(
    z.object({
      kind: z.enum(layerKinds),
      /** In words: "conv 16→32, 3×3, stride 1, 16×16". */
      title: z.string(),
      features: z.array(z.number()),
      ms: z.number().positive(),
      errorMs: z.number().nonnegative(),
      /** By the regressor that was fitted to all other samples. */
      leftOutMs: z.number().nullable(),
    }),
  ),
  regressors: z.array(
    z.object({
      kind: z.enum(layerKinds),
      intercept: z.number(),
      weights: z.array(z.number()),
      means: z.array(z.number()),
      scales: z.array(z.number()),
      lambda: z.number(),
      samples: z.number().int(),
      mape: z.number(),
    }),
  ),
})
export type Calibration = z.infer<typeof calibrationSchema>
