import { z } from 'zod'
import { criterionNames } from '../experiment/criteria.ts'
import { compareConfigSchema, dataConfigSchema, trainingConfigSchema } from './config.ts'
import { metricSchema, progressSchema } from './job.ts'
import { cutOutcomeSchema, profileConfigSchema } from './modelProfile.ts'
import { preprocessingConfigSchema, preprocessingResultSchema } from './preprocessing.ts'
import { pretrainedSchema } from './pretrained.ts'
import { candidateSchema, comparisonSchema, timeSchema, untimedCandidateSchema } from './result.ts'
import { sweepConfigSchema, sweepResultSchema } from './sweep.ts'

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

const channelNumbers = z.array(z.number()).length(3)
/** What an import made, and how far it computes what the original computes. */
const importedSchema = z.object({
  network: z.object({
    name: z.string(),
    classes: z.number(),
    height: z.number(),
    width: z.number(),
    macs: z.number(),
    parameters: z.number(),
    layers: z.number(),
    mean: z.array(z.number()),
    std: z.array(z.number()),
  }),
  points: z.array(z.string()),
  /** Names of the files in the folder. */
  files: z.array(z.string()),
  check: z.object({
    images: z.number(),
    /** Largest difference between the two outputs, and that over the largest output. */
    largest: z.number(),
    relative: z.number(),
    allowed: z.number(),
  }),
  notes: z.array(z.string()),
})
export type ImportedModel = z.infer<typeof importedSchema>

/** Values of one layer's outputs on the same images before and after pruning: shares of all values per bin, ReLU's zeros apart. */
const featureSpreadSchema = z.object({
  /** A group of channels that may be pruned. */
  layer: z.string(),
  /** Bins of equal width from 0 to `high`; what is larger counts into the last one. */
  high: z.number(),
  before: z.object({ zeros: z.number(), bins: z.array(z.number()) }),
  after: z.object({ zeros: z.number(), bins: z.array(z.number()) }),
})
export type FeatureSpread = z.infer<typeof featureSpreadSchema>

/** What a trainer process does, one request after the other, and answers to what it asks meanwhile. Everything it writes lies under `folder`. */
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
    /**
     * Trains, prunes, exports and checks all candidates of a comparison, without times. Resumes what the folder holds, so
     * that several trainers may make parts of one comparison; without any framework it makes the baseline.
     */
    compare: {
      params: z.object({
        folder: z.string(),
        config: compareConfigSchema.extend({ frameworks: z.array(z.string()) }),
        /** Model folder of the pretrained weights that the configuration names, and how they were trained. */
        pretrained: z.object({ model: z.string(), curve: comparisonSchema.shape.baseline.shape.curve }).optional(),
      }),
      result: z.object({
        dataset: comparisonSchema.shape.dataset,
        network: comparisonSchema.shape.network,
        baseline: comparisonSchema.shape.baseline,
        layers: comparisonSchema.shape.layers,
        candidates: z.array(untimedCandidateSchema),
        missing: comparisonSchema.shape.missing,
      }),
    },
    /** The answer to an event `time`: its end-to-end parts in ms, or why there are none. */
    timed: {
      params: z.object({
        ask: z.number().int(),
        times: z.object({ device: timeSchema, server: timeSchema }).nullable(),
        failure: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).nullable(),
      }),
      result: z.object({}),
    },
    train: {
      params: z.object({
        folder: z.string(),
        data: dataConfigSchema,
        /** `model`: the folder whose weights it goes on from, instead of a seeded start. */
        network: networkChoice.extend({ model: z.string().optional() }),
        training: trainingConfigSchema,
        seed: z.number().int(),
        threads: z.number().int(),
        /** Where the folder holds no step yet, the training goes on from this checkpoint of an equal one. */
        resumeFrom: z.object({ checkpoint: z.string(), curve: comparisonSchema.shape.baseline.shape.curve }).optional(),
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
        /** Empty in runs of before it was recorded. */
        features: z.array(featureSpreadSchema).default([]),
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
    /** A foreign ONNX file becomes a model folder of ours, checked against ONNX Runtime before anything is written. */
    import: {
      params: z.object({
        file: z.string(),
        /** Where the model folder goes; it takes the place of one that is there. */
        out: z.string(),
        name: z.string(),
        mean: channelNumbers.nullable(),
        std: channelNumbers.nullable(),
        pixels: z.union([z.literal(1), z.literal(255)]).nullable(),
        size: z.tuple([z.number().int().positive(), z.number().int().positive()]).nullable(),
        output: z.string().nullable(),
      }),
      result: importedSchema,
    },
    /** What others need to know of weights that were trained by this configuration of the data. */
    assess: {
      params: z.object({
        model: z.string(),
        data: dataConfigSchema,
        /** On the first N test images each. */
        tests: z.array(z.number().int().positive()),
      }),
      result: pretrainedSchema.pick({ dataset: true, images: true, heldOut: true, weightsHash: true, tests: true }),
    },
    /** Prunes one group of channels at a time by every criterion. Resumes what the folder holds. */
    sweep: {
      params: z.object({ folder: z.string(), config: sweepConfigSchema, known: sweepResultSchema.optional() }),
      result: sweepResultSchema,
    },
    /** Trains on what edge pre-processing makes of images, by operator and size. Resumes what the folder holds. */
    preprocess: {
      params: z.object({ folder: z.string(), config: preprocessingConfigSchema }),
      result: preprocessingResultSchema,
    },
    /** Finds the partition points of any ONNX file and writes head, tail and check data of each; trains nothing. */
    cut: {
      params: z.object({ folder: z.string(), config: profileConfigSchema }),
      result: cutOutcomeSchema,
    },
  },
  events: {
    progress: progressSchema,
    metric: metricSchema,
    log: z.object({ level: z.enum(['info', 'warn', 'error']), text: z.string() }),
    candidate: untimedCandidateSchema,
    /** A recipe wants to know what this split takes on device and server; paths relative to the run's folder. */
    time: z.object({ ask: z.number().int(), title: z.string(), files: candidateSchema.shape.files }),
    /** A sweep so far. */
    sweep: sweepResultSchema,
    /** A sweep over pre-processing so far. */
    preprocessed: preprocessingResultSchema,
  },
} as const
export type TrainerContract = typeof trainerContract
