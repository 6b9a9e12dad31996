import { z } from 'zod'
import { criterionNames } from '../experiment/criteria.ts'
import { compareConfigSchema, dataConfigSchema, trainingConfigSchema } from './config.ts'
import { metricSchema, progressSchema } from './job.ts'
import { comparisonSchema, untimedCandidateSchema } from './result.ts'

const networkChoice = z.object({ name: z.string(), width: z.number().positive() })
const modelSummary = z.object({
  /** Folder with network.json and weights.safetensors, relative to the request's folder. */
  model: z.string(),
  weightsHash: z.string(),
  macs: z.number(),
  parameters: z.number(),
  accuracy: z.number(),
  validationAccuracy: z.number(),
})

/** What a trainer process does; one request per process life. Everything it writes lies under `folder`. */
export const trainerContract = {
  requests: {
    /** Versions, backend and its origin: the numeric fingerprint. */
    hello: {
      params: z.object({ threads: z.number().int().positive() }),
      result: z.object({
        backend: z.string(),
        origin: z.string(),
        versions: z.record(z.string(), z.string()),
        fingerprint: z.record(z.string(), z.union([z.string(), z.number()])),
      }),
    },
    /** Trains, prunes, exports and checks all candidates of a comparison, without times. Resumes what the folder holds. */
    compare: {
      params: z.object({ folder: z.string(), config: compareConfigSchema }),
      result: z.object({
        dataset: comparisonSchema.shape.dataset,
        network: comparisonSchema.shape.network,
        baseline: comparisonSchema.shape.baseline,
        layers: comparisonSchema.shape.layers,
        candidates: z.array(untimedCandidateSchema),
        missing: comparisonSchema.shape.missing,
      }),
    },
    train: {
      params: z.object({
        folder: z.string(),
        data: dataConfigSchema,
        network: networkChoice,
        training: trainingConfigSchema,
        seed: z.number().int(),
        threads: z.number().int(),
      }),
      result: modelSummary.extend({ curve: comparisonSchema.shape.baseline.shape.curve }),
    },
    /** Pruning of a stored model over the whole network down to a share of its MACs, or as far as the bound allows. */
    prune: {
      params: z.object({
        folder: z.string(),
        model: z.string(),
        data: dataConfigSchema,
        /** Stop when the MACs are at most this share; null = as far as maxLoss allows. */
        macShare: z.number().positive().max(1).nullable(),
        maxLoss: z.number().nonnegative(),
        criterion: z.enum(criterionNames),
        /** Counts of channels that stay are multiples of it. */
        roundTo: z.number().int().positive(),
        /** Layers whose channels all stay. */
        exclude: z.array(z.string()),
        twoStep: compareConfigSchema.shape.twoStep,
        training: trainingConfigSchema,
        seed: z.number().int(),
        threads: z.number().int(),
      }),
      result: modelSummary.extend({
        before: modelSummary.omit({ model: true }),
        channelShare: z.number(),
        parameterShare: z.number(),
        macShare: z.number(),
      }),
    },
    /** Cuts a stored model and writes one checked candidate folder. */
    export: {
      params: z.object({
        folder: z.string(),
        model: z.string(),
        data: dataConfigSchema,
        point: z.string(),
        features: z.enum(['float32', 'uint8']),
        seed: z.number().int(),
        threads: z.number().int(),
      }),
      result: z.object({ candidate: untimedCandidateSchema }),
    },
  },
  events: {
    progress: progressSchema,
    metric: metricSchema,
    log: z.object({ level: z.enum(['info', 'warn', 'error']), text: z.string() }),
    candidate: untimedCandidateSchema,
  },
} as const
export type TrainerContract = typeof trainerContract
