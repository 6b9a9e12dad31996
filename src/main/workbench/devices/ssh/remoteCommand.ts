import { randomBytes } from 'node:crypto'
import type { ClientChannel } from 'ssh2'
import { CodedError } from '#common/errors.ts'
import type { ExitInfo } from '../../../../system/watchedChild.ts'
import { connectionLost } from './connectionErrors.ts'
import type { Hop } from './hop.ts'

/** A command that runs on a board. */
export interface RemoteCommand {
  readonly stdin: ClientChannel
  /** Its output, without whatever the login shell said before it. */
  onOutput(listener: (bytes: Buffer) => void): void
  onErrors(listener: (bytes: Buffer) => void): void
  /** The command runs: the shell has said so. False: it ended without a word. */
  readonly begun: Promise<boolean>
  /** It has ended, and its output too; or the connection has. */
  readonly ended: Promise<ExitInfo>
  /** Ends the command and all that it started, at once. */
  kill(): void
}

/** After the command has ended, a process that it left behind may hold its output open. */
const outputGraceMs = 1000
/** A killed command that has not ended by then is beyond reach: a frozen board, a process in an unfinished system call. */
const killGraceMs = 3000

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/**
 * Runs a POSIX sh command line, whatever the account's login shell is. Its first line of output says that it runs and
 * under which number; what stands before it (a greeting in .bashrc) is dropped, for it would break the agent's protocol.
 */
export async function startCommand(hop: Hop, name: string, command: string): Promise<RemoteCommand> {
  const mark = `splitbench-${randomBytes(8).toString('hex')}`
  const line = `exec sh -c 'echo ${mark} $$; eval "$1"' sh ${quoted(command)}`
  const channel = await openChannel(hop, name, line)
  const outputs = new Set<(bytes: Buffer) => void>()
  const errors = new Set<(bytes: Buffer) => void>()
  let waiting: Buffer[] | undefined = []
  let pid: number | undefined
  let before = Buffer.alloc(0)
  let begin = (_began: boolean): void => {}
  const begun = new Promise<boolean>((resolve) => {
    begin = resolve
  })
  const emit = (bytes: Buffer): void => {
    if (bytes.length === 0) return
    if (waiting) waiting.push(bytes)
    else for (const listener of outputs) listener(bytes)
  }
  channel.on('data', (bytes: Buffer) => {
    if (pid !== undefined) {
      emit(bytes)
      return
    }
    before = Buffer.concat([before, bytes])
    const found = new RegExp(`${mark} (\\d+)\\n`).exec(before.toString('latin1'))
    if (!found) {
      // A greeting may be long; only its end can hold the mark.
      before = before.subarray(-4096)
      return
    }
    pid = Number(found[1])
    begin(true)
    emit(before.subarray(found.index + found[0].length))
    before = Buffer.alloc(0)
  })
  channel.stderr.on('data', (bytes: Buffer) => {
    for (const listener of errors) listener(bytes)
  })
  channel.on('error', () => {})

  let lost: string | undefined
  const forget = hop.onEnd((reason) => {
    lost = reason?.message
  })
  let killTimer: NodeJS.Timeout | undefined
  const ended = new Promise<ExitInfo>((resolve) => {
    let exit: ExitInfo | undefined
    const end = (): void => {
      clearTimeout(killTimer)
      forget()
      begin(false)
      channel.close()
      resolve(exit ?? { code: null, signal: null, ...(lost ? { lost } : {}) })
    }
    channel.once('exit', (code: number | null, signal?: string) => {
      exit = { code: code ?? null, signal: signal ?? null }
      setTimeout(end, outputGraceMs).unref()
    })
    // The reason why a connection broke is known a moment after its channels have closed.
    channel.once('close', () => setImmediate(end))
    channel.once('gone', end)
  })

  return {
    stdin: channel,
    onOutput(listener) {
      outputs.add(listener)
      for (const bytes of waiting ?? []) listener(bytes)
      waiting = undefined
    },
    onErrors: (listener) => {
      errors.add(listener)
    },
    begun,
    ended,
    kill() {
      if (killTimer) return
      // The number is also that of the group of all that it started: sshd gives every command a session of its own.
      channel.signal('KILL')
      if (pid !== undefined) killGroup(hop, pid)
      killTimer = setTimeout(() => channel.emit('gone'), killGraceMs)
    },
  }
}

/** sshd does not pass signals on to what root runs, and versions before 7.9 to nobody. */
function killGroup(hop: Hop, pid: number): void {
  try {
    hop.client.exec(`kill -KILL -- -${pid} 2>/dev/null || kill -KILL ${pid} 2>/dev/null`, (error, channel) => {
      if (error) return
      channel.on('error', () => {})
      channel.resume()
      channel.stderr.resume()
    })
  } catch {
    // The connection is gone, and with it the command's input and output.
  }
}

async function openChannel(hop: Hop, name: string, command: string): Promise<ClientChannel> {
  let forget = (): void => {}
  const opened = new Promise<ClientChannel>((resolve, reject) => {
    const fail = (why: string): void =>
      reject(
        new CodedError(
          'device-failed',
          `${name}: no command can be run there (${why}).`,
          'Run the same command again.',
        ),
      )
    forget = hop.onEnd((reason) => reject(reason ?? connectionLost(name, 'it was closed')))
    try {
      hop.client.exec(command, (error, channel) => (error ? fail(error.message) : resolve(channel)))
    } catch (error) {
      fail((error as Error).message)
    }
  })
  try {
    return await opened
  } finally {
    forget()
  }
}
