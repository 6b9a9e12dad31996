import type { UsbIdentity } from '#common/contract/device.ts'
import type { CodedError } from '#common/errors.ts'
import type { RawLine } from '../../../../system/lineChannel.ts'
import type { OpenPort } from './port.ts'
import { openPort } from './port.ts'
import { listPorts, portOf } from './ports.ts'
import { wasUnplugged } from './unplugged.ts'

/** Where a board's line is on this computer. */
export interface SerialPlace {
  path: string
  /** Bits per second. */
  baud: number
  /** Finds the adapter again under another path. */
  usb?: UsbIdentity | null
}

export interface PluggedLineOptions {
  /** How long an adapter that was pulled out may take to come back, in seconds. */
  replugS?: number
  onUnplugged?(): void
  onReplugged?(path: string): void
}

export interface PluggedLine extends RawLine {
  readonly place: SerialPlace
  onBytes(listener: (bytes: Uint8Array) => void): () => void
  onCut(listener: () => void): void
  onBack(listener: () => void): void
  /** Why it is gone for good; undefined while it is not, and where it was closed here. */
  lost(): CodedError | undefined
  close(): Promise<void>
}

const defaultReplugS = 10
const lookEveryMs = 400

/**
 * A serial port that may be unplugged and plugged in again: it waits for the same adapter (by its USB identity; a port
 * without one by its path), then goes on; after `replugS` it is gone for good.
 */
export async function openPluggedLine(place: SerialPlace, options: PluggedLineOptions = {}): Promise<PluggedLine> {
  const { replugS = defaultReplugS } = options
  const byteListeners = new Set<(bytes: Uint8Array) => void>()
  const closeListeners = new Set<() => void>()
  const cutListeners = new Set<() => void>()
  const backListeners = new Set<() => void>()
  let { path } = place
  const known = (await listPorts()).ports
  let usb = place.usb ?? null
  if (usb) path = portOf(usb, known)?.path ?? path
  else usb = known.find((port) => port.path === path)?.usb ?? null
  let port: OpenPort | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false
  let lost: CodedError | undefined

  function attach(opened: OpenPort): void {
    port = opened
    opened.onBytes((bytes) => {
      for (const listener of byteListeners) listener(bytes)
    })
    opened.onClose((unplugged) => {
      port = undefined
      if (!unplugged || closed) return
      for (const listener of cutListeners) listener()
      options.onUnplugged?.()
      void comeBack(performance.now() + replugS * 1000)
    })
  }

  async function comeBack(deadline: number): Promise<void> {
    if (closed) return
    const found = usb ? portOf(usb, (await listPorts()).ports)?.path : path
    const opened = found === undefined ? undefined : await openPort(found, place.baud).catch(() => undefined)
    if (closed) {
      await opened?.close()
      return
    }
    if (opened) {
      path = opened.path
      attach(opened)
      options.onReplugged?.(path)
      for (const listener of backListeners) listener()
    } else if (performance.now() >= deadline) {
      lost = wasUnplugged(path, ` and did not come back within ${replugS} s`)
      end()
    } else timer = setTimeout(() => void comeBack(deadline), lookEveryMs)
  }

  function end(): void {
    if (closed) return
    closed = true
    clearTimeout(timer)
    for (const listener of closeListeners) listener()
    closeListeners.clear()
  }

  attach(await openPort(path, place.baud))
  return {
    get place() {
      return { path, baud: place.baud, usb }
    },
    onBytes(listener) {
      byteListeners.add(listener)
      return () => byteListeners.delete(listener)
    },
    async write(bytes) {
      if (!port) throw new Error('The port is unplugged.')
      await port.write(bytes)
    },
    onCut: (listener) => void cutListeners.add(listener),
    onBack: (listener) => void backListeners.add(listener),
    onClose(listener) {
      if (closed) listener()
      else closeListeners.add(listener)
    },
    lost: () => lost,
    async close() {
      const open = port
      end()
      await open?.close()
    },
  }
}
