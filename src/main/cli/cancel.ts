import { errorCodes } from '#common/errors.ts'

const abort = new AbortController()
let interrupts = 0

/** Aborted by the first Ctrl-C; the second ends the process at once. */
export const cancelled: AbortSignal = abort.signal

export function watchSignals(): void {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      interrupts += 1
      if (interrupts > 1) process.exit(errorCodes.cancelled)
      process.stderr.write('\nCancelling … (once more to stop at once)\n')
      abort.abort()
    })
  }
}
