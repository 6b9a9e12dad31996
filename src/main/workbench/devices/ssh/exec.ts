import { CodedError } from '#common/errors.ts'
import type { CommandOutcome } from '../boardShell.ts'
import { printable } from '../printable.ts'
import { cancelled, connectionLost } from './connectionErrors.ts'
import type { Hop } from './hop.ts'
import { orCancelled } from './orCancelled.ts'
import { startCommand } from './remoteCommand.ts'

const maxOutputBytes = 1024 * 1024
const defaultTimeoutMs = 60_000

/**
 * Runs a command line to its end. Throws `device-failed` where the connection breaks, it takes too long or says too
 * much, and `cancelled`; the command is then killed.
 */
export async function runCommand(
  hop: Hop,
  name: string,
  command: string,
  { signal, timeoutMs = defaultTimeoutMs }: { signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<CommandOutcome> {
  const remote = await orCancelled(startCommand(hop, name, command), signal)
  let stopped: CodedError | undefined
  const stop = (error: CodedError): void => {
    stopped ??= error
    remote.kill()
  }
  const failed = (what: string): CodedError =>
    new CodedError(
      'device-failed',
      `${name}: "${printable(command, 60)}" ${what}.`,
      'Check that the board is not overloaded, then run the same command again.',
    )
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []]
  let bytes = 0
  const collect = (into: Buffer[]) => (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > maxOutputBytes) stop(failed('does not stop talking'))
    else into.push(chunk)
  }
  remote.onOutput(collect(stdout))
  remote.onErrors(collect(stderr))
  // Nobody will write to it: what reads its input must not wait for ever.
  remote.stdin.end()
  const timer = setTimeout(() => stop(failed(`took over ${Math.round(timeoutMs / 1000)} s`)), timeoutMs)
  const onAbort = (): void => stop(cancelled())
  signal?.addEventListener('abort', onAbort, { once: true })
  if (signal?.aborted) onAbort()
  try {
    const exit = await remote.ended
    if (stopped) throw stopped
    if (exit.code === null && exit.signal === null) throw connectionLost(name, lostBecause(exit.lost))
    const text = (chunks: Buffer[]): string => Buffer.concat(chunks).toString('utf8')
    return { code: exit.code, signal: exit.signal, stdout: text(stdout), stderr: text(stderr) }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}

/** The sentence in the brackets of another one that says the same. */
const lostBecause = (sentence: string | undefined): string =>
  /was lost \((.*)\)/.exec(sentence ?? '')?.[1] ?? 'the board ended it'
