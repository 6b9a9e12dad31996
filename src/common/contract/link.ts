import { z } from 'zod'
import { linkSchema } from './config.ts'
import { linkWaySchema } from './linkWay.ts'

/** A name that cannot be mistaken for a rate, and can be typed. */
export const linkNameSchema = z.string().regex(/^[A-Za-z][\w.-]{0,62}$/)

/** A link that was measured between two devices, with what it rests on. */
export const storedLinkSchema = linkSchema.extend({
  name: linkNameSchema,
  rttMs: z.number().nonnegative(),
  /** Whether the rate is a lower bound: the messages supported no more. */
  atLeast: z.boolean().default(false),
  measuredAt: z.string(),
  device: z.string(),
  server: z.string(),
  way: linkWaySchema,
  /** Single messages: bytes of payload and header, and their round trip in ms. */
  messages: z.array(z.object({ bytes: z.number(), ms: z.number() })),
})
export type StoredLink = z.infer<typeof storedLinkSchema>

export const linksFileSchema = z.object({ protocol: z.literal(1), links: z.array(storedLinkSchema) })
