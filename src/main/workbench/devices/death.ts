import { CodedError } from '#common/errors.ts'
import type { WatchedChannel } from '../../../system/watchedChild.ts'
import { printable } from './printable.ts'

/** 128 + SIGILL (4): what a shell reports of a program that used an instruction which the processor does not have. */
const illegalInstruction = 132

const again = 'Run the same command again: files on the device and finished timings are kept.'

/** Why an agent is gone, as far as its end and its last words tell. */
export function deathOf(name: string, channel: Pick<WatchedChannel, 'exit' | 'stderrTail'>): CodedError {
  const { code = null, signal = null, lost } = channel.exit() ?? {}
  const words = lastWords(channel.stderrTail())
  const data = { exitCode: code, signal, stderr: words ?? null }
  if (signal === 'SIGILL' || code === illegalInstruction) {
    return new CodedError(
      'device-unsupported',
      `Device ${name}: the runtime uses instructions this CPU lacks, and was stopped by the system.`,
      'Use a device with a newer processor, or another version of the runtime.',
      data,
    )
  }
  if (lost !== undefined) return new CodedError('device-failed', `Device ${lost}`, again, data)
  const how = signal ? `was ended by ${signal}` : code === null ? 'is gone' : `ended with exit code ${code}`
  return new CodedError('device-failed', `Device ${name}: the agent ${how}${words ? ` (${words})` : ''}.`, again, data)
}

/** The line that says most: the last one that names an error, else the last that is no part of a stack trace. */
function lastWords(stderr: string): string | undefined {
  const lines = stderr
    .split('\n')
    .filter((line) => !/^\s+at |^Node\.js v/.test(line))
    .map((line) => printable(line))
    .filter((line) => line !== '')
  return lines.findLast((line) => /\b\w*error\b/i.test(line)) ?? lines.at(-1)
}
