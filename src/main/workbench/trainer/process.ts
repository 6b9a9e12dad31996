import { connect } from '#common/contract/channel.ts'
import type { Client } from '#common/contract/rpc.ts'
import { client } from '#common/contract/rpc.ts'
import type { TrainerContract } from '#common/contract/trainer.ts'
import { trainerContract } from '#common/contract/trainer.ts'
import { CodedError } from '#common/errors.ts'
import type { WatchedChannel } from '../../../system/watchedChild.ts'
import { entryOf } from '../entries.ts'
import { trainerLauncher } from './launcher.ts'

/** A child that does not end within this time after a cancel is killed (architecture rule 11). */
const graceMs = 3000

export interface Trainer {
  client: Client<TrainerContract>
  /** Ends the process; waits until it is gone. */
  stop(): Promise<void>
}

/** Starts a trainer process. A cancelled `signal` gives it three seconds to end by itself, then kills it. */
export function startTrainer(signal: AbortSignal): Trainer {
  const environment = { ...process.env, ORT_DISABLE_TELEMETRY: '1' }
  const channel = trainerLauncher.now(entryOf('trainer').args[0]!, environment)
  const connection = connect(channel)
  const rpc = client(connection, trainerContract, () => deathOf(channel))
  const kill = (): void => {
    const timer = setTimeout(() => channel.kill(), graceMs)
    channel.onClose(() => clearTimeout(timer))
  }
  signal.addEventListener('abort', kill, { once: true })
  connection.listen()
  return {
    client: rpc,
    async stop() {
      signal.removeEventListener('abort', kill)
      await channel.close()
      rpc.dispose()
    },
  }
}

/** What ended a trainer, in the user's words. Linux's out-of-memory killer sends SIGKILL; a failed allocation aborts. */
function deathOf(channel: Pick<WatchedChannel, 'exit' | 'stderrTail'>): CodedError {
  const { code = null, signal = null } = channel.exit() ?? {}
  const lastWords = channel.stderrTail()
  const how = signal
    ? `was ended by ${signal}`
    : code === null
      ? 'closed its connection'
      : `ended with exit code ${code}`
  const memory =
    signal === 'SIGKILL' ||
    signal === 'SIGABRT' ||
    code === 134 ||
    /bad_alloc|out of memory|OOM|Cannot allocate/i.test(lastWords)
  const words = lastWords.trim().split('\n').at(-1)?.trim()
  return new CodedError(
    'trainer-died',
    `The trainer process ${how}${memory ? ', most likely for lack of memory' : ''}${words && !memory ? ` (${words.slice(0, 200)})` : ''}.`,
    `${memory ? 'Close other programs, or choose a smaller --width or --batch. ' : ''}Run the same command again: it resumes.`,
    { signal, exitCode: code, lastWords: lastWords.slice(-1000) },
  )
}
