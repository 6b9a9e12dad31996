import { z } from 'zod'
import { sightSchema } from './live.ts'
import { conditionsSchema } from './result.ts'
import { splitSchema } from './split.ts'

/**
 * Real cooperative inference, as part of the inference contract: the tail server answers on a data link, the agent sends
 * features over it and times every image. The data link itself carries nothing but frames (wire/header.ts) after a token
 * that says whose connection it is.
 */
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const threads = z.number().int().positive().max(1024)
const session = z.string().max(64)
/** First bytes of every connection: other users of a machine can reach a loopback port too. */
export const tokenBytes = 16
const token = z.instanceof(Uint8Array).refine((bytes) => bytes.length === tokenBytes, 'a token has 16 bytes')

/** No payload is larger: an image of 4096×4096 has 50 MB. */
export const maxFrameBytes = 64 * 1024 * 1024

/** Where the agent finds the data link: a port on its own loopback, or the connection that carries this contract. */
export const dialSchema = z.discriminatedUnion('way', [
  z.object({ way: z.literal('tcp'), port: z.number().int().min(1).max(65535) }),
  z.object({ way: z.literal('relay') }),
])
export type Dial = z.infer<typeof dialSchema>

const dataSchema = z.object({
  session,
  bytes: z.instanceof(Uint8Array),
})

export const cooperationRequests = {
  /**
   * Server: answers frames until `endTail`. With a tail, each is decoded, run and answered with logits; with null each
   * is answered at once with an empty frame, for measuring the link. `listen` tcp: a loopback port that takes the one
   * connection which begins with the token; relay: bytes come and go through `data`.
   */
  serveTail: {
    params: z.object({
      session,
      token,
      tail: z.object({ model: sha256, split: splitSchema, threads }).nullable(),
      listen: z.enum(['tcp', 'relay']),
    }),
    result: z.object({ port: z.number().int().min(1).max(65535).nullable() }),
  },
  /** Frames that were answered, and why the serving ended before, if it did. */
  endTail: {
    params: z.object({ session }),
    result: z.object({ answered: z.number().int().nonnegative(), failure: z.string().nullable() }),
  },
  /** Bytes of a relayed data link that come in; the other direction is the event of the same name. */
  data: { params: dataSchema, result: z.object({}) },
  /**
   * Device: head, encode, send, wait for the logits, one image in flight, for `seconds` and at least `minIterations`
   * after a warm-up. Raw samples arrive as `inferences` events. `answerMs`: an answer that takes longer is given up.
   */
  cooperate: {
    params: z.object({
      session,
      token,
      model: sha256,
      check: sha256,
      split: splitSchema,
      threads,
      partition: z.number().int().min(0).max(65535),
      dial: dialSchema,
      seconds: z.number().nonnegative(),
      minIterations: z.number().int().positive(),
      warmup: z.number().int().nonnegative().max(10_000),
      answerMs: z.number().positive(),
    }),
    result: z.object({
      samples: z.number().int().nonnegative(),
      /** Images whose largest logit is the one that the trainer found, of `images`. */
      argmaxEqual: z.number().int().nonnegative(),
      images: z.number().int().positive(),
      /** Largest difference of a logit, relative to the largest logit. */
      error: z.number().nonnegative(),
      before: conditionsSchema,
      after: conditionsSchema,
      clockResolutionMs: z.number().nonnegative(),
    }),
  },
  /** Device: sends frames of these sizes (header apart) in this order and times the round trips, in ms. */
  probeLink: {
    params: z.object({
      session,
      token,
      dial: dialSchema,
      sizes: z.array(z.number().int().nonnegative().max(maxFrameBytes)).min(1).max(1000),
      answerMs: z.number().positive(),
    }),
    result: z.object({ roundTripMs: z.array(z.number().nonnegative()) }),
  },
}

const durations = z.array(z.number().nonnegative()).max(10_000)

export const cooperationEvents = {
  data: dataSchema,
  /**
   * Per image, in ms of the device's monotonic clock: the whole from image ready to logits there; head; encoding; and
   * from sending to the answer. `server` is what the server says of itself: decoding and tail.
   */
  inferences: z.object({
    session,
    wholeMs: durations,
    headMs: durations,
    encodeMs: durations,
    answerMs: durations,
    serverMs: durations,
    /** The last of these images; agents before 2026-11-27 do not tell. */
    sight: sightSchema.optional(),
  }),
}
