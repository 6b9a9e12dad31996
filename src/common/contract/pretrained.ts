import { z } from 'zod'
import { dataConfigSchema, heldOutSchema, trainingConfigSchema } from './config.ts'
import { comparisonSchema } from './result.ts'

/** `training.json` beside weights that were trained by this program: where they come from and what they reach. */
export const pretrainedSchema = z.object({
  protocol: z.literal(1),
  name: z.string(),
  network: z.object({ name: z.string(), width: z.number().positive() }),
  dataset: z.object({ name: z.string(), classes: z.number().int(), size: z.number().int() }),
  /** As it was asked for; the split of the records follows from it. */
  data: dataConfigSchema.pick({ trainImages: true, testImages: true, seed: true }),
  heldOut: heldOutSchema,
  /** Records that were trained on and that were held out. */
  images: z.object({ train: z.number().int(), heldOut: z.number().int() }),
  training: trainingConfigSchema,
  seed: z.number().int(),
  threads: z.number().int(),
  /** `checkpoint`: not finished; `epochs.done` of them lie in `checkpoint/`, and `npm run pretrain` goes on from there. */
  state: z.enum(['finished', 'checkpoint']),
  epochs: z.object({ done: z.number().int(), of: z.number().int() }),
  curve: comparisonSchema.shape.baseline.shape.curve,
  weightsHash: z.string(),
  /** On the first N test images; empty for a checkpoint, which is not tested. */
  tests: z.array(z.object({ images: z.number().int(), correct: z.number().int(), accuracy: z.number() })),
  command: z.string(),
  versions: z.record(z.string(), z.string()),
  fingerprint: z.record(z.string(), z.union([z.string(), z.number()])),
  startedAt: z.string(),
  /** Seconds worked, over all sittings. */
  durationS: z.number(),
})
export type Pretrained = z.infer<typeof pretrainedSchema>

/** The way that users name such weights where a network or a model is asked for. */
export const pretrainedPrefix = 'pretrained:'
