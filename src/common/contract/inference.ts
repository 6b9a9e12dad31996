import { z } from 'zod'
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

export const inferenceContract = {
  requests: {
    /** Device facts, runtime and agent version. */
    hello: { params: z.object({ protocol: z.literal(1) }), result: deviceInfoSchema.omit({ name: true, kind: true, conditions: true }) },
    conditions: { params: z.object({}), result: conditionsSchema },
    /** Which of these files are not there yet. */
    missing: { params: z.object({ hashes: z.array(sha256).max(10_000) }), result: z.object({ hashes: z.array(sha256) }) },
    /** One chunk of a file, in order from offset 0; the last one (offset + data = size) is hash-checked, then the file exists. */
    push: {
      params: z.object({ hash: sha256, size: z.number().int().nonnegative(), offset: z.number().int().nonnegative(), data: z.instanceof(Uint8Array) }),
      result: z.object({ received: z.number().int() }),
    },
    /** Runs the side on the images (or features) of check.safetensors and compares with what the trainer stored. */
    check: {
      params: z.object({ side: sideSchema, model: sha256, check: sha256, split: splitSchema, threads: z.number().int().positive() }),
      result: z.object({
        ok: z.boolean(),
        /** Float: max |difference| / max |feature|. Codes: share of elements that differ. */
        error: z.number(),
        maxLevels: z.number(),
        reason: z.string().nullable(),
      }),
    },
    /** Times one side, batch 1. Raw samples arrive as `samples` events while it runs; the result repeats only their count. */
    time: {
      params: z.object({
        timing: z.string(),
        side: sideSchema,
        model: sha256,
        check: sha256,
        split: splitSchema,
        seconds: z.number().positive(),
        minIterations: z.number().int().positive(),
        threads: z.number().int().positive(),
      }),
      result: z.object({
        samples: z.number().int(),
        warmup: z.number().int(),
        before: conditionsSchema,
        after: conditionsSchema,
        /** Smallest step that the clock resolves, in ms. */
        clockResolutionMs: z.number(),
      }),
    },
  },
  events: {
    /** Durations in ms of single runs: `model` alone and `codec` (encoding or decoding) beside it. */
    samples: z.object({ timing: z.string(), modelMs: z.array(z.number()), codecMs: z.array(z.number()) }),
  },
} as const
export type InferenceContract = typeof inferenceContract
