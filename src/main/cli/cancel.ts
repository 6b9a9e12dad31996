import { errorCodes } from '#common/errors.ts'
import { onLauncherDeath } from '../../system/launcher.ts'

const abort = new AbortController()
let interrupts = 0

/** Aborted by the first Ctrl-C; the second ends the process at once. */
export const cancelled: AbortSignal = abort.signal

/** A job that was told to stop by a dying launcher, not by a user, has this long before it is ended. */
const orphanGraceMs = 8000

export function watchSignals(): void {
  onLauncherDeath(() => {
    process.stderr.write('\nThe launcher was killed: stopping …\n')
    abort.abort()
    setTimeout(() => process.exit(errorCodes.cancelled), orphanGraceMs).unref()
  })
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      interrupts += 1
      if (interrupts > 1) process.exit(errorCodes.cancelled)
      process.stderr.write('\nCancelling … (once more to stop at once)\n')
      abort.abort()
    })
  }
}
