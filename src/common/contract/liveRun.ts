import { z } from 'zod'
import { linkWaySchema } from './linkWay.ts'
import { measuredLinkSchema } from './measuredLink.ts'
import { deviceInfoSchema } from './result.ts'

const durations = z.array(z.number().nonnegative())

/** Cooperative inference that chose anew as the link changed: what happened between two looks at the link. */
export const liveTurnSchema = z.object({
  /** Since the first look, in s. */
  atS: z.number().nonnegative(),
  /** As it was measured at this look. */
  link: measuredLinkSchema,
  /** What the bytes were paced to; null: nobody paced them. */
  paced: z.string().nullable(),
  candidate: z.string(),
  partitionPoint: z.string(),
  /** Why this candidate came in at this look; null: it was there before. */
  reason: z.string().nullable(),
  /** What the selection expected of it, composed, in ms. */
  expectedMs: z.number(),
  /** Per message, in ms; transmission is what is left of the whole beside head, encoding and server. */
  messages: z.object({
    wholeMs: durations,
    headMs: durations,
    encodeMs: durations,
    answerMs: durations,
    serverMs: durations,
  }),
})
export type LiveTurn = z.infer<typeof liveTurnSchema>

export const liveRunSchema = z.object({
  protocol: z.literal(1),
  run: z.object({ id: z.string(), network: z.string(), width: z.number() }),
  startedAt: z.string(),
  durationS: z.number(),
  device: deviceInfoSchema,
  server: deviceInfoSchema,
  way: linkWaySchema,
  where: z.string(),
  objective: z.string(),
  /** Ids of the candidates that were deployed. */
  deployed: z.array(z.string()),
  /** Ids of those that were asked for and send symbols of an analog channel: no link of bytes carries them. */
  leftOut: z.array(z.string()).default([]),
  /** Whether times that decided were measured, modelled or emulated. */
  source: z.enum(['measured', 'modelled', 'emulated']),
  turns: z.array(liveTurnSchema),
})
export type LiveRun = z.infer<typeof liveRunSchema>
