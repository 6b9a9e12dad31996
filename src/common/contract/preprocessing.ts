import { z } from 'zod'
import { operatorNames } from '../experiment/preprocessing.ts'
import { comparisonSchema } from './result.ts'

/** Edge pre-processing (Huang et al., ICNP 2017; frameworks.md §15): accuracy over the size of the training data. */

/** What decides the outcome of a sweep; its hash finds the interrupted one that the same command resumes. */
export const preprocessingConfigSchema = z.object({
  /** IDX files in a folder (absolute), or the built-in drawn digits. */
  source: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('digits') }),
    z.object({ kind: z.literal('files'), path: z.string() }),
  ]),
  operators: z.array(z.enum(operatorNames)).min(1),
  /** Training images, ascending; each count takes the first ones of the next. */
  images: z.array(z.number().int().positive()).min(1),
  testImages: z.number().int().positive(),
  seeds: z.array(z.number().int().nonnegative()).min(1),
  epochs: z.number().int().positive(),
  batchSize: z.number().int().positive(),
  threads: z.number().int().positive(),
})
export type PreprocessingConfig = z.infer<typeof preprocessingConfigSchema>

export const preprocessingCellSchema = z.object({
  operator: z.enum(operatorNames),
  images: z.number().int(),
  seed: z.number().int(),
  /** On test images, as a fraction. */
  accuracy: z.number(),
  /** Of the cluster's network for one image. */
  serverMacs: z.number(),
  serverParameters: z.number(),
  /** Wall-clock seconds on this computer: learning the operator, applying it to the training images, training. */
  fitS: z.number(),
  encodeS: z.number(),
  trainS: z.number(),
})
export type PreprocessingCell = z.infer<typeof preprocessingCellSchema>

/** What the trainer knows of a sweep, finished or so far. */
export const preprocessingResultSchema = z.object({
  dataset: z.object({ name: z.string(), hash: z.string(), train: z.number(), test: z.number() }),
  operators: z.array(z.enum(operatorNames)),
  images: z.array(z.number().int()),
  seeds: z.array(z.number().int()),
  epochs: z.number().int(),
  batchSize: z.number().int(),
  /** Bytes before every payload. */
  headerBytes: z.number().int(),
  /** Those that are done; a cell that was not run is absent. */
  cells: z.array(preprocessingCellSchema),
})
export type PreprocessingResult = z.infer<typeof preprocessingResultSchema>

/** `preprocess.json` of a run. */
export const preprocessingSchema = preprocessingResultSchema.extend({
  protocol: z.literal(1),
  run: comparisonSchema.shape.run.omit({ profile: true, seed: true }),
})
export type Preprocessing = z.infer<typeof preprocessingSchema>
