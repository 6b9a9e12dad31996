import { z } from 'zod'
import { deviceNameSchema } from './device.ts'
import { liveRunSchema } from './liveRun.ts'
import { measuredLinkSchema } from './measuredLink.ts'

/** Cooperative inference that goes on while somebody watches: what is asked for, and what is told of it as it happens. */
export const liveConfigSchema = z.object({
  device: deviceNameSchema,
  /** local, or what `--server` takes. */
  server: z.string(),
  /** The finished comparison whose candidates are deployed. */
  run: z.string(),
  /** Only these partition points; null: what would be chosen at some rate of the link. */
  points: z.array(z.string()).min(1).nullable(),
  /** Limits as `splitbench select` takes them. */
  where: z.string(),
  objective: z.string(),
  /** What the bytes are paced to; null: the link as it is. */
  link: z.string().nullable(),
  /** "1mbps@10": the link becomes this one so many seconds after the first look. */
  changes: z.array(z.string()).max(100),
  /** How long it goes on, in s. */
  forS: z.number().positive().max(86_400),
  /** From one look at the link to the next, in s. */
  turnS: z.number().positive().max(60),
  threads: z.number().int().positive(),
  /** Whether times of an emulated device may choose. */
  allowEmulated: z.boolean(),
})
export type LiveConfig = z.infer<typeof liveConfigSchema>

/** One image on its way: which of the check set's, and what the server's logits make of it. */
export const sightSchema = z.object({
  image: z.number().int().nonnegative(),
  /** The likeliest classes, the best first: softmax of the logits. */
  top: z
    .array(z.object({ class: z.number().int().nonnegative(), share: z.number().min(0).max(1) }))
    .min(1)
    .max(5),
})
export type Sight = z.infer<typeof sightSchema>

/** What happened between two looks at the link: medians of its messages, in ms. */
export const liveLookSchema = measuredLinkSchema.extend({
  /** Since the first look, in s. */
  atS: z.number().nonnegative(),
  paced: z.string().nullable(),
  candidate: z.string(),
  partitionPoint: z.string(),
  /** "two-step · step 2 cut after pool3" */
  title: z.string(),
  /** Why this candidate came in at this look; null: it was there before. */
  reason: z.string().nullable(),
  /** What the selection expected, composed. */
  expectedMs: z.number(),
  images: z.number().int().nonnegative(),
  wholeMs: z.number().nonnegative(),
  headMs: z.number().nonnegative(),
  encodeMs: z.number().nonnegative(),
  /** Both ways of the link: from sending to the answer, but for what the server computed. */
  linkMs: z.number().nonnegative(),
  serverMs: z.number().nonnegative(),
  /** How times that decide came about. */
  source: z.enum(['measured', 'modelled', 'emulated']),
})
export type LiveLook = z.infer<typeof liveLookSchema>

/** Of one time over messages, in ms: the interval is that of the median, 95 %. */
const spreadSchema = z.object({ median: z.number(), ci95: z.tuple([z.number(), z.number()]), p95: z.number() })
export type LiveSpread = z.infer<typeof spreadSchema>

/** What a candidate took while it ran, over every message of its looks. */
export const liveCandidateSchema = z.object({
  id: z.string(),
  title: z.string(),
  looks: z.number().int(),
  images: z.number().int(),
  whole: spreadSchema,
  head: spreadSchema,
  encode: spreadSchema,
  link: spreadSchema,
  server: spreadSchema,
})
export type LiveCandidate = z.infer<typeof liveCandidateSchema>

/** Live inference that has ended, as a page shows it: looks instead of every message. */
export const storedLiveSchema = liveRunSchema.omit({ turns: true }).extend({
  /** Within the run's folder: every single message. */
  file: z.string(),
  /** How many looks there were; `looks` are the newest ones of them, as many as an answer holds. */
  turns: z.number().int(),
  looks: z.array(liveLookSchema),
  /** Those that ran, in the order in which they came in. */
  candidates: z.array(liveCandidateSchema),
})
export type StoredLive = z.infer<typeof storedLiveSchema>

/** Images that are inferred live, as the check set of a candidate holds them. */
export const picturesSchema = z.object({
  count: z.number().int(),
  /** 1: grey, 3: red, green and blue. */
  channels: z.number().int(),
  height: z.number().int(),
  width: z.number().int(),
  /** uint8 [count, channels, height, width] */
  pixels: z.instanceof(Uint8Array),
})
export type Pictures = z.infer<typeof picturesSchema>

export const liveRequests = {
  /** `name`: one of a run summary's `live`. */
  'live.get': {
    params: z.object({ run: z.string(), name: z.string() }),
    result: z.object({ live: storedLiveSchema }),
  },
  /** null: what the network is given is no picture. */
  'live.pictures': {
    params: z.object({ run: z.string(), candidate: z.string() }),
    result: z.object({ pictures: picturesSchema.nullable() }),
  },
} as const
