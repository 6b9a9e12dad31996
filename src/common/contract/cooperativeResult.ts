import { z } from 'zod'
import { linkSchema } from './config.ts'
import { linkWaySchema } from './linkWay.ts'
import { deviceInfoSchema, timeSchema } from './result.ts'

/** The link of a cooperative run. `shaping` says who made it slow: nobody (it is the real one), paced sending, the kernel. */
export const usedLinkSchema = linkSchema.extend({
  way: linkWaySchema,
  shaping: z.enum(['none', 'paced', 'kernel']),
  /** In words, for tables and reports. */
  note: z.string(),
})
export type UsedLink = z.infer<typeof usedLinkSchema>

/**
 * One candidate, inferred together. Two views that never share a column:
 *
 * composed: `deviceMs` (head and encoding, timed alone), `transmissionMs` (8 · (payload + header) / rate + rtt/2) and
 * `serverMs` (decoding and tail, timed alone), all of the same session, summed up in `composedMs` as protocol.md says:
 * until the server is done. `answerWayMs` is what the link's model says of the way back (rtt/2; the rate is the
 * uplink's, and an answer has a few dozen bytes).
 *
 * measured: `measuredMs`, from the image being ready to the logits being back on the device, as one.
 * `within` are medians of its parts: device, server (by its own word), and transmission = whole − device − server.
 *
 * `error` = (composedMs + answerWayMs) / measuredMs − 1.
 */
export const cooperativePointSchema = z.object({
  id: z.string(),
  framework: z.string(),
  step: z.string().nullable(),
  partitionPoint: z.string(),
  codec: z.string(),
  payloadBytes: z.number(),
  headerBytes: z.number(),
  answerBytes: z.number(),
  deviceMs: timeSchema,
  transmissionMs: z.number(),
  serverMs: timeSchema,
  composedMs: z.number(),
  answerWayMs: z.number(),
  measuredMs: timeSchema,
  within: z.object({ headMs: z.number(), encodeMs: z.number(), transmissionMs: z.number(), serverMs: z.number() }),
  error: z.number(),
  /** What the paced link would have taken beyond what was asked for, and is taken off; 0 for the real one. */
  calibrationMs: z.number(),
  /** Against the trainer's logits for the check images. */
  agreement: z.object({ images: z.number().int(), argmaxEqual: z.number().int(), error: z.number() }),
})
export type CooperativePoint = z.infer<typeof cooperativePointSchema>

export const cooperativeRunSchema = z.object({
  protocol: z.literal(1),
  /** Of the comparison whose candidates were run. */
  run: z.object({ id: z.string(), network: z.string(), width: z.number() }),
  startedAt: z.string(),
  durationS: z.number(),
  device: deviceInfoSchema,
  server: deviceInfoSchema,
  link: usedLinkSchema,
  timing: z.object({ seconds: z.number(), minIterations: z.number(), rounds: z.number().int(), threads: z.number() }),
  points: z.array(cooperativePointSchema),
  /** Median of |error| over the points. */
  medianError: z.number(),
})
export type CooperativeRun = z.infer<typeof cooperativeRunSchema>
