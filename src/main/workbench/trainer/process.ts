import { spawn } from 'node:child_process'
import { connect } from '#common/contract/channel.ts'
import type { Client } from '#common/contract/rpc.ts'
import { client } from '#common/contract/rpc.ts'
import type { TrainerContract } from '#common/contract/trainer.ts'
import { trainerContract } from '#common/contract/trainer.ts'
import { CodedError } from '#common/errors.ts'
import { childChannel } from '../../../system/stdio.ts'
import { entryOf } from '../entries.ts'

/** A child that does not end within this time after a cancel is killed (architecture rule 11). */
const graceMs = 3000

export interface Trainer {
  client: Client<TrainerContract>
  pid: number
  /** Ends the process; waits until it is gone. */
  stop(): Promise<void>
}

/** Starts a trainer process. A cancelled `signal` gives it three seconds to end by itself, then kills it. */
export function startTrainer(signal: AbortSignal): Trainer {
  const { command, args } = entryOf('trainer')
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ORT_DISABLE_TELEMETRY: '1' },
  })
  let lastWords = ''
  child.stderr.setEncoding('utf8')
  child.stderr.on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-4000)
    if (process.env.SPLITBENCH_DEBUG) process.stderr.write(text)
  })
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const connection = connect(childChannel(child))
  const rpc = client(connection, trainerContract, () => deathOf(child.exitCode, child.signalCode, lastWords))
  const kill = (): void => {
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
    void gone.then(() => clearTimeout(timer))
  }
  signal.addEventListener('abort', kill, { once: true })
  connection.listen()
  return {
    client: rpc,
    pid: child.pid ?? 0,
    async stop() {
      signal.removeEventListener('abort', kill)
      child.stdin.end()
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await gone
      clearTimeout(timer)
      rpc.dispose()
    },
  }
}

/** What killed a trainer, in the user's words. Linux's out-of-memory killer sends SIGKILL; a failed allocation aborts. */
function deathOf(exitCode: number | null, signal: NodeJS.Signals | null, lastWords: string): CodedError {
  const how = signal
    ? `was ended by ${signal}`
    : exitCode === null
      ? 'closed its connection'
      : `ended with exit code ${exitCode}`
  const memory =
    signal === 'SIGKILL' ||
    signal === 'SIGABRT' ||
    exitCode === 134 ||
    /bad_alloc|out of memory|OOM|Cannot allocate/i.test(lastWords)
  const words = lastWords.trim().split('\n').at(-1)?.trim()
  return new CodedError(
    'trainer-died',
    `The trainer process ${how}${memory ? ', most likely for lack of memory' : ''}${words && !memory ? ` (${words.slice(0, 200)})` : ''}.`,
    `${memory ? 'Close other programs or choose a smaller --width or --batch. ' : ''}Run the same command again: it resumes.`,
    { signal, exitCode, lastWords: lastWords.slice(-1000) },
  )
}
