import { CodedError } from '#common/errors.ts'
import type { CommandOutcome } from '../boardShell.ts'
import { printable } from '../printable.ts'

const again = 'then run the same command again: what was sent is kept.'

/** A command on the board that did not do what it should, as an error that says why and what next. */
export function boardFailure(name: string, what: string, { code, signal, stderr }: CommandOutcome): CodedError {
  // The first complaint is the cause; those behind it follow from it.
  const words = printable(stderr.split('\n').find((line) => line.trim() !== '') ?? '')
  const data = { exitCode: code, signal, stderr: words }
  const failed = (kind: 'disk-full' | 'io-failed' | 'device-failed', why: string, hint: string): CodedError =>
    new CodedError(kind, `Device ${name}: could not ${what}: ${why}.`, hint, data)
  if (/No space left|Disk quota exceeded/i.test(stderr)) {
    return failed(
      'disk-full',
      'its disk is full',
      'Free some space in the home folder there, then run the same command again.',
    )
  }
  if (/Read-only file system/i.test(stderr)) {
    return failed('io-failed', 'its disk is read-only', `Check the memory card and remount it for writing, ${again}`)
  }
  if (/Permission denied|Operation not permitted/i.test(stderr)) {
    return failed('io-failed', `permission denied (${words})`, `Check who owns ~/.splitbench there, ${again}`)
  }
  if (/not found/i.test(stderr) && /sha256sum|tar|gzip/.test(stderr)) {
    return failed('device-failed', `a tool is missing (${words})`, `Install coreutils, tar and gzip there, ${again}`)
  }
  const end = signal ? `it was ended by ${signal}` : code === null ? 'the connection broke' : `exit code ${code}`
  return failed('device-failed', words ? `${words} (${end})` : end, `Look at the device, ${again}`)
}
