import type { WatchedChannel } from '../../../../system/watchedChild.ts'
import type { Transport } from '../transport.ts'

/** A session that can start a program on the board and talk to it over its standard streams. */
export interface ProgramStarter {
  readonly name: string
  start(command: string): Promise<WatchedChannel>
}

/** The way to the agent of a board that `prepareBoard` has prepared. The session stays open: its owner closes it. */
export const boardTransport = (session: ProgramStarter, { command }: { command: string }): Transport => ({
  name: session.name,
  kind: 'ssh',
  open: () => session.start(command),
})
