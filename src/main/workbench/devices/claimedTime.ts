import { CodedError } from '#common/errors.ts'

/** A device's clock may drift against ours, and an answer may wait on its way. */
const clockTolerance = 1.2
const clockSlackMs = 2000

/** Throws `timing-refused` where a device claims to have worked for longer than its answer was waited for, in ms. */
export function assertPossible(name: string, claimedMs: number, waitedMs: number): void {
  if (claimedMs <= waitedMs * clockTolerance + clockSlackMs) return
  throw new CodedError(
    'timing-refused',
    `Device ${name} reports ${Math.round(claimedMs)} ms of work in ${Math.round(waitedMs)} ms: its clock cannot be right.`,
    'Check the clock of the device, then run again.',
  )
}
