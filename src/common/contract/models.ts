import { z } from 'zod'
import { criterionNames } from '../experiment/criteria.ts'
import { jobEventSchema } from './job.ts'
import { trainerContract } from './trainer.ts'

/** The part of the workbench's contract that is about single networks: training, pruning, and what came of it. */

export const modelVerbs = ['train', 'prune'] as const
export const isModelVerb = (verb: string): verb is (typeof modelVerbs)[number] =>
  (modelVerbs as readonly string[]).includes(verb)

const { train, prune } = trainerContract.requests

/** What the trainer is asked for, but for the folder that it works in. */
export const modelWorkSchema = z.discriminatedUnion('verb', [
  z.object({ verb: z.literal('train'), config: train.params.omit({ folder: true }) }),
  z.object({ verb: z.literal('prune'), config: prune.params.omit({ folder: true }) }),
])
export type ModelWork = z.infer<typeof modelWorkSchema>

const optionalCount = z.number().int().positive().nullable()

/** What a form or a terminal says; null: what `splitbench train` and `prune` do by themselves. */
export const modelFormSchema = z.discriminatedUnion('verb', [
  z.object({
    verb: z.literal('train'),
    /** synthetic, cifar-10, cifar-100, or a folder on the desktop process' computer. */
    data: z.string(),
    network: z.string(),
    width: z.number().positive(),
    epochs: optionalCount,
    batchSize: optionalCount,
    trainImages: optionalCount,
    testImages: optionalCount,
    seed: z.number().int().min(0).max(0xffff_ffff),
    threads: optionalCount,
  }),
  z.object({
    verb: z.literal('prune'),
    /** The finished `train` or `prune` run whose model it is; images and seed are that run's. */
    run: z.string(),
    macShare: z.number().positive().max(1).nullable(),
    maxLoss: z.number().nonnegative().nullable(),
    criterion: z.enum(criterionNames),
    roundTo: z.number().int().positive(),
    exclude: z.array(z.string()),
    threads: optionalCount,
  }),
])
export type ModelForm = z.infer<typeof modelFormSchema>

/** A finished `train` or `prune` run. */
export const modelRunSchema = z.object({
  id: z.string(),
  command: z.string(),
  startedAt: z.string(),
  workedS: z.number(),
  resumed: z.number().int(),
  versions: z.record(z.string(), z.string()),
  fingerprint: z.record(z.string(), z.union([z.string(), z.number()])),
  network: z.object({
    classes: z.number().int(),
    size: z.number().int(),
    /** Groups of channels that may be pruned, in order, and how many there are. */
    groups: z.array(z.object({ name: z.string(), channels: z.number().int() })),
  }),
  outcome: z.discriminatedUnion('verb', [
    z.object({ verb: z.literal('train'), config: train.params.omit({ folder: true }), result: train.result }),
    z.object({ verb: z.literal('prune'), config: prune.params.omit({ folder: true }), result: prune.result }),
  ]),
})
export type ModelRun = z.infer<typeof modelRunSchema>

const oneRun = z.object({ run: z.string() })

export const modelRequests = {
  /** Queues a training or pruning; `fresh` as for a comparison. */
  'models.start': {
    params: z.object({ form: modelFormSchema, fresh: z.boolean() }),
    result: z.object({ job: z.string() }),
  },
  'models.get': { params: oneRun, result: z.object({ model: modelRunSchema }) },
  /** The stored events of a finished run from `since` on; `next` is the `since` of the next call. */
  'runs.events': {
    params: z.object({ run: z.string(), since: z.number().int().nonnegative() }),
    result: z.object({ events: z.array(jobEventSchema), next: z.number().int() }),
  },
} as const
