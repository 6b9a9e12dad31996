import type { Ask } from '../ask.ts'
import { endingWith } from '../endingWith.ts'
import { openSshSession } from '../ssh/session.ts'
import type { SshTarget } from '../ssh/target.ts'
import type { Transport } from '../transport.ts'
import type { Watch } from './bundles.ts'
import { type PreparedBoard, prepareBoard } from './prepareBoard.ts'

export interface BoardTransportOptions extends Watch {
  /** What messages call the board. */
  name: string
  ask: Ask
  acceptNewHostKey: boolean
  /** Told before the agent starts: what the board is, and what is less than it could be. */
  onPrepared?(board: PreparedBoard): void
}

/**
 * The way to a board over SSH: logs in, brings runtime and agent there if they are not, starts the agent. The session
 * ends with the agent's channel.
 */
export const sshBoardTransport = (target: SshTarget | string, options: BoardTransportOptions): Transport => ({
  name: options.name,
  kind: 'ssh',
  async open() {
    const { name, ask, acceptNewHostKey, onProgress, signal } = options
    onProgress({ phase: 'connect', title: `Connecting to ${name}`, unit: '', done: 0, total: 1, etaS: null })
    const session = await openSshSession(target, { name, ask, acceptNewHostKey, signal })
    try {
      const board = await prepareBoard(session, options)
      options.onPrepared?.(board)
      return endingWith(await session.start(board.command, { signal }), () => session.close())
    } catch (error) {
      await session.close()
      throw error
    }
  },
})
