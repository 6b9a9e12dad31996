import { endingWith } from '../endingWith.ts'
import type { Transport } from '../transport.ts'
import type { SerialBoardOptions } from './board.ts'
import { openSerialBoard } from './board.ts'
import type { ConsoleShell } from './consoleShell.ts'
import type { SerialPlace } from './pluggedLine.ts'

export interface SerialTransportOptions extends SerialBoardOptions {
  /** Makes sure that the agent is there and says how to start it; not asked where an agent waits on the line already. */
  prepare(shell: ConsoleShell): Promise<{ command: string }>
  /** Asks a console of this process to leave the port; the returned function gives it back. */
  stepAside?(): Promise<() => void>
}

/**
 * The way to an agent over a serial line: logs in on the board's console, starts the agent on the very line, and gives
 * the console back, logged in, when it is closed; or speaks to an agent that waits on the line.
 */
export function serialTransport(place: SerialPlace, options: SerialTransportOptions): Transport {
  return {
    name: options.name,
    kind: 'serial',
    bytesPerSecond: place.baud / 10,
    async open() {
      const comeBack = await options.stepAside?.()
      const board = await openSerialBoard(place, options).catch((error) => {
        comeBack?.()
        throw error
      })
      const leave = async (): Promise<void> => {
        await board.close().catch(() => {})
        comeBack?.()
      }
      try {
        const command = board.shell && (await options.prepare(board.shell)).command
        return endingWith(await board.start(command), leave)
      } catch (error) {
        await leave()
        throw error
      }
    },
  }
}
