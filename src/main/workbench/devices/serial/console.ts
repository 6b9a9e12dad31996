import type { CodedError } from '#common/errors.ts'
import type { SerialPlace } from './pluggedLine.ts'
import { openPluggedLine } from './pluggedLine.ts'
import { takeTurn } from './turns.ts'

/** A serial line as a person sees it: what comes, and what is typed. The port is free again after `close`. */
export interface SerialConsole {
  onBytes(listener: (bytes: Uint8Array) => void): void
  /** Called once when it has ended, with the reason where the port went away. */
  onClose(listener: (error?: CodedError) => void): void
  write(bytes: Uint8Array): Promise<void>
  close(): Promise<void>
}

/** Opens a port for a console; it survives a short unplugging. Throws `device-failed` with the fix, or `cancelled`. */
export async function openSerialConsole(place: SerialPlace, signal?: AbortSignal): Promise<SerialConsole> {
  const release = await takeTurn(place.path, signal)
  const line = await openPluggedLine(place).catch((error) => {
    release()
    throw error
  })
  line.onClose(release)
  return {
    onBytes: (listener) => void line.onBytes(listener),
    onClose: (listener) => line.onClose(() => listener(line.lost())),
    write: (bytes) => line.write(bytes),
    close: () => line.close(),
  }
}
