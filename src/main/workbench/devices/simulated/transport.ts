import type { Simulation } from '#common/device/simulation.ts'
import { dropoutAfterS } from '#common/device/simulation.ts'
import { CodedError } from '#common/errors.ts'
import type { WatchedChannel } from '../../../../system/watchedChild.ts'
import { entryOf } from '../../entries.ts'
import { childTransport } from '../childTransport.ts'
import type { Transport } from '../transport.ts'

/**
 * A device that is not there: the agent of a board as a process on this computer, slowed by a script, over a connection
 * that the script may break. `store`: where it keeps its files.
 */
export function simulatedTransport(name: string, script: Simulation, store: string): Transport {
  const { command, args } = entryOf('agent')
  const agent = childTransport(name, {
    command,
    args: [...args, '--store', store, '--simulate', JSON.stringify(script)],
  })
  let connections = 0
  let backAt = 0
  return {
    name,
    kind: 'simulated',
    store,
    async open() {
      if (performance.now() < backAt) {
        throw new CodedError(
          'device-failed',
          `Device ${name}: it cannot be reached (its script lets it drop out).`,
          'Run the same command again: files on the device and finished timings are kept.',
        )
      }
      const channel = await agent.open()
      const after = dropoutAfterS(script, connections++)
      if (after === null) return channel
      return breaking(channel, name, after * 1000, () => {
        backAt = performance.now() + script.dropout!.goneS * 1000
      })
    },
  }
}

/** The channel until its connection breaks, counted from the agent's first word; nothing is known of the other end then. */
function breaking(channel: WatchedChannel, name: string, afterMs: number, onBreak: () => void): WatchedChannel {
  let broken = false
  let timer: NodeJS.Timeout | undefined
  const breakOff = (): void => {
    broken = true
    onBreak()
    channel.kill()
  }
  channel.onClose(() => clearTimeout(timer))
  return {
    ...channel,
    onBytes(listener) {
      channel.onBytes((bytes) => {
        timer ??= setTimeout(breakOff, afterMs)
        listener(bytes)
      })
    },
    exit: () =>
      broken
        ? channel.exit() && { code: null, signal: null, lost: `${name}: the connection was lost.` }
        : channel.exit(),
  }
}
