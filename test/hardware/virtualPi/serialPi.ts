import { join } from 'node:path'
import { kitFolder } from './kit.ts'
import type { SerialLine, SerialLineOptions } from './serialLine.ts'
import { openSerialLine } from './serialLine.ts'
import type { VirtualPi, VirtualPiOptions } from './virtualPi.ts'
import { startVirtualPi } from './virtualPi.ts'

export interface SerialPi extends SerialLine {
  readonly pi: VirtualPi
}

export interface SerialPiOptions extends SerialLineOptions, VirtualPiOptions {
  /** One that runs already, and that `stop` leaves running; a new one without sshd unless given. */
  pi?: VirtualPi
  /** What is on the board's end instead of login: a shell command on a raw terminal (a plain agent port). */
  command?: string
}

/** A virtual Pi whose serial console (the real login) is at the other end of a cable from `path`. */
export async function startSerialPi(options: SerialPiOptions): Promise<SerialPi> {
  const pi = options.pi ?? (await startVirtualPi({ sshd: false, ...options }))
  try {
    const line = await openSerialLine(await pi.console(options.command), join(kitFolder(pi.arch), 'tools'), options)
    const stop = async () => {
      await line.stop()
      if (options.pi !== pi) await pi.stop()
    }
    return Object.assign(Object.create(line), { pi, stop })
  } catch (error) {
    if (options.pi !== pi) await pi.stop()
    throw error
  }
}
