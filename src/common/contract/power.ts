import { z } from 'zod'
import { splitSchema } from './split.ts'

/** Energy on the device, as part of the inference contract. */
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const watts = z.number().min(0).max(10_000)
const readingSchema = z.object({ atMs: z.number(), watts })

export const powerRequests = {
  /** What the board can read its own power with; null: nothing. */
  powerMeter: {
    params: z.object({}),
    result: z.object({ meter: z.string().nullable(), watts: watts.nullable() }),
  },
  /**
   * Rests for `idleS`, then runs a head with its encoding for `seconds`; power is read ten times a second all the while,
   * between two runs. Where the board has no meter of its own the readings are empty, and whoever has one outside is told
   * by the events `work` when the work begins; it ends with the answer.
   */
  energy: {
    params: z.object({
      session: z.string().max(64),
      model: sha256,
      check: sha256,
      split: splitSchema,
      threads: z.number().int().positive().max(1024),
      idleS: z.number().nonnegative().max(600),
      seconds: z.number().positive().max(3600),
    }),
    result: z.object({
      meter: z.string().nullable(),
      idle: z.array(readingSchema).max(100_000),
      active: z.array(readingSchema).max(100_000),
      runs: z.number().int().positive(),
      /** From one run to the next, readings apart, in ms. */
      runMs: z.number().positive(),
      /** What one reading costs, in ms; null without a meter. */
      readMs: z.number().nonnegative().nullable(),
    }),
  },
}

export const powerEvents = { work: z.object({ session: z.string() }) }
