import { setImmediate } from 'node:timers/promises'
import { CodedError } from '#common/errors.ts'

/** Lets pending messages in between two pieces of long work; throws `cancelled` when one of them was a cancel. */
export async function breathe(signal: AbortSignal): Promise<void> {
  await setImmediate()
  if (signal.aborted) throw new CodedError('cancelled', 'Cancelled.')
}
