import { CodedError } from '../errors.ts'

/** Reads a monotonic clock, in ms. */
export type Clock = () => number

/** A read takes well under a microsecond, so a clock that has not moved after this many is coarser than 10 ms or stopped. */
const maxReads = 200_000

/**
 * Smallest step that the clock is seen to make, in ms (over 32 steps). Throws `timing-refused` for a clock that stands
 * still or runs backwards; it never loops for ever on one.
 */
export function clockResolution(clock: Clock): number {
  let smallest = Number.POSITIVE_INFINITY
  let before = clock()
  let steps = 0
  for (let reads = 0; reads < maxReads && steps < 32; reads++) {
    const now = clock()
    if (now < before) throw backwards()
    if (now > before) {
      smallest = Math.min(smallest, now - before)
      steps++
      before = now
    }
  }
  if (steps === 0) {
    throw new CodedError(
      'timing-refused',
      "The device's clock stands still: nothing can be timed with it.",
      'Check the clock of the device, or time on another one.',
    )
  }
  return smallest
}

export const backwards = (): CodedError =>
  new CodedError(
    'timing-refused',
    "The device's clock ran backwards during the timing.",
    'Check the clock of the device, then time again.',
  )

/** At least this many steps of the clock in one run: the reading's error is then below 5 %. */
export const minStepsPerRun = 20

/** Throws `timing-refused` where one run is too short for the clock. */
export function assertResolvable(runMs: number, resolutionMs: number): void {
  if (runMs >= minStepsPerRun * resolutionMs) return
  throw new CodedError(
    'timing-refused',
    `The device's clock moves in steps of ${resolutionMs} ms; one run of ${runMs} ms is too short to be timed with it.`,
    'Time a larger part of the network, or use a device with a finer clock.',
    { runMs, resolutionMs },
  )
}
