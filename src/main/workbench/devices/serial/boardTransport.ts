import type { Ask } from '../ask.ts'
import type { Watch } from '../runtime/bundles.ts'
import { type PreparedBoard, prepareBoard } from '../runtime/prepareBoard.ts'
import type { Transport } from '../transport.ts'
import type { SerialPlace } from './pluggedLine.ts'
import { serialTransport } from './transport.ts'

export interface SerialBoardTransportOptions extends Watch {
  /** What messages call the board. */
  name: string
  /** Who logs in where the board asks; default "pi". */
  user?: string
  ask: Ask
  /** Told before the agent starts: what the board is, and what is less than it could be. */
  onPrepared?(board: PreparedBoard): void
}

/**
 * The way to a board on a serial line: logs in on its console, looks whether runtime and agent are there (what takes
 * over a minute of the line's time is sent only after the user has agreed), and starts the agent on the very line.
 */
export function serialBoardTransport(place: SerialPlace, options: SerialBoardTransportOptions): Transport {
  const { name, user, ask, signal, onProgress } = options
  const tell = (title: string): void => {
    onProgress({ phase: 'connect', title, unit: '', done: 0, total: 1, etaS: null })
  }
  const transport = serialTransport(place, {
    name,
    user,
    ask,
    signal,
    onWait: (what) => tell(`${name}: ${what}`),
    async prepare(shell) {
      const board = await prepareBoard(shell, options)
      options.onPrepared?.(board)
      return board
    },
  })
  return {
    ...transport,
    open() {
      tell(`Connecting to ${name} on ${place.path}`)
      return transport.open()
    },
  }
}
