import { existsSync } from 'node:fs'
import { CodedError } from '#common/errors.ts'

/** A port was pulled out (`rest`: and what came of it). */
export const wasUnplugged = (path: string, rest = ''): CodedError =>
  new CodedError(
    'device-failed',
    `${path} was unplugged${rest}.`,
    'Plug it in and run the same command again: files on the device and finished timings are kept.',
  )

/**
 * What a conversation on a serial line failed of. A port that is pulled out does not always say that it closed: the board
 * only falls silent. Where its file is gone from the system, that is the reason. Windows has no such file.
 */
export function orUnplugged(error: unknown, path: string): unknown {
  const silent = error instanceof CodedError && error.code === 'device-failed'
  return silent && process.platform !== 'win32' && !existsSync(path) ? wasUnplugged(path) : error
}
