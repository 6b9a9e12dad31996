import { z } from 'zod'
import { cooperationEvents, cooperationRequests } from './cooperation.ts'
import { powerEvents, powerRequests } from './power.ts'
import { conditionsSchema, deviceInfoSchema } from './result.ts'
import { splitSchema } from './split.ts'

/**
 * Spoken by every process that holds one side of a split: the agent (heads) and the tail server (tails). The transport
 * below it is bytes in, bytes out. Files are named by the SHA-256 of their content and pushed once.
 */
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** What to time. A head is given an image and its features are encoded to bytes; a tail decodes bytes first. */
export const sideSchema = z.enum(['head', 'tail'])
export type Side = z.infer<typeof sideSchema>

/** What a head may be given. An agent that does not say it takes images of uint8 only. */
export const inputTypeSchema = z.enum(['uint8', 'float32'])
export type InputType = z.infer<typeof inputTypeSchema>

/**
 * Names of the tensors in check.safetensors: uint8 [16,3,H,W] images (or what the split's `input` says), the features
 * (NCHW) and logits [16,classes].
 */
export const checkTensors = { images: 'images', features: 'features', logits: 'logits' } as const

const sideParams = z.object({
  side: sideSchema,
  model: sha256,
  check: sha256,
  split: splitSchema,
  threads: z.number().int().positive().max(1024),
  /** Images per run; those of the check set, in turn. */
  batch: z.number().int().positive().max(1024).default(1),
})

/** A side whose weights may lie in a file that several models share. */
const sharingParams = sideParams.extend({
  /** The file, which the model names by its hash, and how many of its bytes this model reads. */
  weights: z.object({ hash: sha256, bytes: z.number().int().nonnegative() }).optional(),
})

/**
 * How far the device's outputs are from the trainer's. Head with float features, and tail (its logits): `error` is
 * max |difference| / max |reference|, `maxLevels` 0. Head with codes: `error` is the share of elements that differ,
 * `maxLevels` the largest difference in levels.
 */
export const checkResultSchema = z.object({
  ok: z.boolean(),
  error: z.number().nonnegative(),
  maxLevels: z.number().nonnegative(),
  /** Why it is not ok, as the end of a sentence; or null. */
  reason: z.string().nullable(),
})
export type CheckResult = z.infer<typeof checkResultSchema>

export const inferenceContract = {
  requests: {
    ...cooperationRequests,
    ...powerRequests,
    /** Device facts, runtime and agent version. */
    hello: {
      params: z.object({ protocol: z.literal(1) }),
      result: deviceInfoSchema.omit({ name: true, kind: true, conditions: true }).extend({
        inputTypes: z.array(inputTypeSchema).default(['uint8']),
        /** Whether it knows `weights` of a side. */
        sharedWeights: z.boolean().default(false),
      }),
    },
    conditions: { params: z.object({}), result: conditionsSchema },
    /** Which of these files are not there yet, and how many bytes of each an interrupted push has left. */
    missing: {
      params: z.object({ hashes: z.array(sha256).max(10_000) }),
      result: z.object({ files: z.array(z.object({ hash: sha256, received: z.number().int().nonnegative() })) }),
    },
    /**
     * One chunk of a file, in order from offset 0 (which starts over) or from where an interrupted push ended; the last
     * one (offset + data = size) is hash-checked, then the file exists. A damaged file is dropped whole.
     */
    push: {
      params: z.object({
        hash: sha256,
        size: z.number().int().nonnegative(),
        offset: z.number().int().nonnegative(),
        data: z.instanceof(Uint8Array),
      }),
      result: z.object({ received: z.number().int().nonnegative() }),
    },
    /** Removes files that nobody will time again; those that are not there are no error. */
    drop: { params: z.object({ hashes: z.array(sha256).max(10_000) }), result: z.object({}) },
    /** Runs the side on the images (or features) of check.safetensors and compares with what the trainer stored. */
    check: {
      /** `keep`: the session stays loaded, because its timing follows (a hint: an older agent loads it again). */
      params: sharingParams.extend({ keep: z.boolean().default(false) }),
      result: checkResultSchema,
    },
    /**
     * Times several sides in turns, so that drift of the machine hits all of them alike: every round has one block of
     * each, in an order drawn from `seed`. Raw samples arrive as `samples` events while it runs; the result repeats only
     * their counts. `firstRound` above 0 goes on with a timing that was broken off.
     */
    time: {
      params: z.object({
        timing: z.string().max(100),
        sides: z.array(sharingParams).min(1).max(256),
        rule: z.object({
          /** Of every side over all rounds: measured at least so long, and at least so many runs. */
          seconds: z.number().positive(),
          minIterations: z.number().int().positive(),
        }),
        rounds: z.number().int().positive().max(10_000),
        firstRound: z.number().int().nonnegative(),
        seed: z.number().int().nonnegative(),
      }),
      result: z.object({
        sides: z.array(
          z.object({
            samples: z.number().int().nonnegative(),
            /** Runs before the first sample, and whether they had become steady when it was taken. */
            warmup: z.number().int().nonnegative(),
            steady: z.boolean(),
          }),
        ),
        before: conditionsSchema,
        after: conditionsSchema,
        /** Smallest step that the clock resolves, in ms. */
        clockResolutionMs: z.number().nonnegative(),
      }),
    },
    /** Times every operator of one side by ONNX Runtime's own profiler, over at least `seconds` and `minIterations` runs. */
    profile: {
      params: sideParams.extend({ seconds: z.number().positive(), minIterations: z.number().int().positive() }),
      result: z.object({
        runs: z.number().int().positive(),
        /** In the order in which they are executed. */
        nodes: z
          .array(
            z.object({
              name: z.string(),
              operator: z.string(),
              /** Per run, in ms; its standard error over blocks of runs. */
              meanMs: z.number().nonnegative(),
              errorMs: z.number().nonnegative(),
            }),
          )
          .max(100_000),
      }),
    },
  },
  events: {
    ...cooperationEvents,
    ...powerEvents,
    /**
     * Durations in ms of single runs: `model` alone and `codec` (encoding or decoding) beside it. `side`: its index;
     * `atMs`: when the first of them began, since the request was taken up.
     */
    samples: z.object({
      timing: z.string(),
      side: z.number().int().nonnegative(),
      round: z.number().int().nonnegative(),
      atMs: z.number().nonnegative(),
      modelMs: z.array(z.number().nonnegative()),
      codecMs: z.array(z.number().nonnegative()),
    }),
    /** The machine's state while it times: about once a second, read between two blocks. */
    conditions: z.object({ timing: z.string(), atMs: z.number().nonnegative(), conditions: conditionsSchema }),
    /** Another job has this device: said when the waiting begins and every few seconds. */
    waiting: z.object({
      /** Process on the device that works, and since when (ISO 8601). */
      pid: z.number().int(),
      since: z.string(),
    }),
  },
} as const
export type InferenceContract = typeof inferenceContract
