import type { WatchedChannel } from '../../../../system/watchedChild.ts'
import type { Ask } from '../ask.ts'
import { agentChannel } from './agentChannel.ts'
import type { ConsoleShell } from './consoleShell.ts'
import { consoleShell } from './consoleShell.ts'
import { greet } from './greet.ts'
import type { SerialPlace } from './pluggedLine.ts'
import { openPluggedLine } from './pluggedLine.ts'
import { Talk } from './talk.ts'
import { takeTurn } from './turns.ts'
import { orUnplugged } from './unplugged.ts'

export interface SerialBoardOptions {
  /** As the user named the device; for messages. */
  name: string
  /** Who logs in where the board asks; default "pi". */
  user?: string
  ask: Ask
  signal: AbortSignal
  /** What it is waiting for, e.g. "waiting for the board to boot". */
  onWait?(what: string): void
  /** How long an adapter that was pulled out may take to come back, in seconds; default 10. */
  replugS?: number
}

/** A board on a serial line: its console's shell, or an agent that waits for callers there. */
export interface SerialBoard {
  /** Where its adapter was found; the path changes when it is plugged in elsewhere. */
  readonly place: SerialPlace
  /** Undefined where an agent waits on the line. */
  readonly shell: ConsoleShell | undefined
  /**
   * Starts the agent on the very line by a shell command that takes \`--line\` as its last argument, or greets the one
   * that waits there. The shell has the line back when the channel is closed.
   */
  start(command?: string): Promise<WatchedChannel>
  /** Gives the console back, logged in, and the port with it. */
  close(): Promise<void>
}

/**
 * Opens a serial port and finds out what is on it, up to a shell that is logged in. Throws `device-failed` with what
 * stands in the way (busy, permission, no port, nothing answers, wrong password) and the fix, or `cancelled`.
 */
export async function openSerialBoard(place: SerialPlace, options: SerialBoardOptions): Promise<SerialBoard> {
  const { name, ask, signal, onWait, replugS, user = 'pi' } = options
  const { baud } = place
  const release = await takeTurn(place.path, signal)
  const line = await openPluggedLine(place, {
    replugS,
    onUnplugged: () => onWait?.('unplugged: waiting for it to come back'),
    onReplugged: (path) => onWait?.(`plugged in again at ${path}`),
  }).catch((error) => {
    release()
    throw error
  })
  const talk = new Talk(line)
  const end = async (): Promise<void> => {
    talk.stop()
    await line.close()
    release()
  }
  try {
    const found = await greet(talk, { name, path: line.place.path, baud, user, ask, signal, onWait })
    const shell = found === 'shell' ? await consoleShell(talk, { name, baud, signal }) : undefined
    return {
      get place() {
        return line.place
      },
      shell,
      async start(command = '') {
        const program = shell && (await shell.startRaw(`${command} --line`, signal))
        return agentChannel({ line, talk, program, baud })
      },
      async close() {
        if (!line.lost()) await shell?.close()
        await end()
      },
    }
  } catch (error) {
    const why = orUnplugged(error, line.place.path)
    await end()
    throw why
  }
}
