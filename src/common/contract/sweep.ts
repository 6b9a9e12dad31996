import { z } from 'zod'
import { criterionNames } from '../experiment/criteria.ts'
import { dataConfigSchema, trainingConfigSchema } from './config.ts'
import { comparisonSchema } from './result.ts'

/** A sweep over criteria of pruning (SAFBMP, Figure 2): one group of channels at a time, nothing else is pruned. */

/** What decides the outcome of a sweep; its hash finds the interrupted one that the same command resumes. */
export const sweepConfigSchema = z.object({
  /** Model folder, absolute. */
  model: z.string(),
  /** Name of the pretrained weights, or null: a folder of the user. */
  pretrained: z.string().nullable(),
  data: dataConfigSchema,
  criteria: z.array(z.enum(criterionNames)).min(1),
  /** Names of groups (the first convolution of each), or how many are picked, evenly from the first to the last. */
  depths: z.union([z.number().int().positive(), z.array(z.string()).min(1)]),
  /** Shares of a group's channels that go. */
  ratios: z.array(z.number().positive().lt(1)).min(1),
  seeds: z.array(z.number().int().nonnegative()).min(1),
  /** Fine-tuning of every pruned network; the rate falls from `rate` to 0 along half a cosine. */
  steps: z.number().int().positive(),
  rate: z.number().positive(),
  training: trainingConfigSchema,
  /** Training images that a scoring pass sees. */
  scoreImages: z.number().int().positive(),
  threads: z.number().int().positive(),
})
export type SweepConfig = z.infer<typeof sweepConfigSchema>

/** One pruned network. Accuracies are of test images, as fractions. */
export const sweepCellSchema = z.object({
  criterion: z.enum(criterionNames),
  depth: z.string(),
  ratio: z.number(),
  seed: z.number().int(),
  /** Channels of the group that stay, and a hash of which: equal for two criteria that choose the same. */
  channels: z.number().int(),
  kept: z.string(),
  macs: z.number(),
  parameters: z.number(),
  /** As pruned. */
  before: z.number(),
  /** After fine-tuning. */
  after: z.number(),
})
export type SweepCell = z.infer<typeof sweepCellSchema>

/** What the trainer knows of a sweep, finished or so far. */
export const sweepResultSchema = z.object({
  dataset: comparisonSchema.shape.dataset,
  network: comparisonSchema.shape.network.extend({ pretrained: z.string().nullable(), weightsHash: z.string() }),
  /** Of the unpruned network on the same test images. */
  baseline: z.object({ accuracy: z.number() }),
  /** In network order. */
  depths: z.array(z.object({ name: z.string(), channels: z.number().int() })),
  criteria: z.array(z.enum(criterionNames)),
  ratios: z.array(z.number()),
  seeds: z.array(z.number().int()),
  steps: z.number().int(),
  batchSize: z.number().int(),
  rate: z.number(),
  scoreImages: z.number().int(),
  /** Those that are done; a cell that was not run is absent. */
  cells: z.array(sweepCellSchema),
})
export type SweepResult = z.infer<typeof sweepResultSchema>

/** `sweep.json` of a run. */
export const sweepSchema = sweepResultSchema.extend({
  protocol: z.literal(1),
  run: comparisonSchema.shape.run.omit({ profile: true, seed: true }),
})
export type Sweep = z.infer<typeof sweepSchema>

/** Cells that a whole sweep has. */
export const sweepSize = ({
  criteria,
  depths,
  ratios,
  seeds,
}: Pick<SweepResult, 'criteria' | 'ratios' | 'seeds'> & { depths: { length: number } }): number =>
  criteria.length * depths.length * ratios.length * seeds.length
