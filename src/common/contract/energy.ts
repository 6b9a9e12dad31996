import { z } from 'zod'

/** What one inference costs the device, in mJ. Computing (head and encoding) and sending are told apart. */
export const energySchema = z.object({
  /** Mean power times the time of a run: everything that the board draws meanwhile. */
  perRunMj: z.number().nonnegative(),
  /** What is above idle. */
  aboveIdleMj: z.number().nonnegative(),
  /** Of the radio, by the model of frameworks.md §4.5; null for a link whose radio is not known. Always modelled. */
  radioMj: z.number().nonnegative().nullable(),
  source: z.enum(['measured', 'modelled']),
  activeW: z.number().nonnegative(),
  idleW: z.number().nonnegative(),
  /** What read the power; null where it is modelled. */
  meter: z.string().nullable(),
  /** Readings per second that the meter gave, and what one costs the board in ms; null where unknown or modelled. */
  readingsPerS: z.number().nullable(),
  readMs: z.number().nullable(),
})
export type Energy = z.infer<typeof energySchema>

/** Power of a board while it computes and while it rests, in W. */
export const boardPowerSchema = z.object({ activeW: z.number().positive(), idleW: z.number().nonnegative() })
