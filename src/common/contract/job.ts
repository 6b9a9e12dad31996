import { z } from 'zod'
import { liveLookSchema, sightSchema } from './live.ts'

/** Progress of a job: what it is doing, in its own unit. `etaS` null while nothing is known yet. */
export const progressSchema = z.object({
  /** Stable id of the phase: "data", "train", "step1", "step2", "export", "time-heads", … */
  phase: z.string(),
  /** For people: "Training the baseline". */
  title: z.string(),
  unit: z.string(),
  done: z.number(),
  total: z.number(),
  /** E.g. "loss 1.23 · accuracy 61.2 %". */
  detail: z.string().optional(),
  /** An earlier, interrupted try had finished this phase: nothing was computed now. */
  reused: z.boolean().optional(),
  /** Share of the whole job that is done, 0..1. */
  share: z.number().min(0).max(1).optional(),
  etaS: z.number().nullable().optional(),
})
export type Progress = z.infer<typeof progressSchema>

/** A point of a live curve: losses, accuracies, channels left. */
export const metricSchema = z.object({
  stage: z.string(),
  step: z.number(),
  values: z.record(z.string(), z.number()),
})
export type Metric = z.infer<typeof metricSchema>

/** An error as it crosses a wall: `ErrorShape`. */
export const errorSchema = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  data: z.record(z.string(), z.unknown()).optional(),
})

/** Jobs are append-only events; what a user sees is a fold over them, and the same stream is stored. */
export const jobEventSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('queued'), at: z.string(), title: z.string(), command: z.string() }),
  z.object({ kind: z.literal('started'), at: z.string(), pid: z.number() }),
  z.object({ kind: z.literal('resumed'), at: z.string(), pid: z.number() }),
  z.object({ kind: z.literal('progress'), at: z.string(), progress: progressSchema }),
  z.object({ kind: z.literal('metric'), at: z.string(), metric: metricSchema }),
  z.object({ kind: z.literal('log'), at: z.string(), level: z.enum(['info', 'warn', 'error']), text: z.string() }),
  z.object({ kind: z.literal('artifact'), at: z.string(), path: z.string(), title: z.string() }),
  /** Of live inference: what happened between two looks at the link; and, in passing, what came of an image. */
  z.object({ kind: z.literal('look'), at: z.string(), look: liveLookSchema }),
  z.object({ kind: z.literal('sight'), at: z.string(), run: z.string(), candidate: z.string(), sight: sightSchema }),
  z.object({ kind: z.literal('finished'), at: z.string() }),
  z.object({ kind: z.literal('failed'), at: z.string(), error: errorSchema }),
  z.object({ kind: z.literal('cancelled'), at: z.string() }),
])
export type JobEvent = z.infer<typeof jobEventSchema>
