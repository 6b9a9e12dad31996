import type { DeviceRecord, UsbIdentity } from '#common/contract/device.ts'
import { parseAddress } from '#common/device/address.ts'
import type { PortList } from '../../devices/serial/index.ts'
import { portOf } from '../../devices/serial/index.ts'

const everyMs = 1000

/** The serial ports that are plugged in, looked at once a second as long as somebody watches. */
export class PortWatch {
  readonly #list: () => Promise<PortList>
  readonly #changed: (list: PortList) => void
  #known: PortList = { ports: [], problem: null }
  #looked = false
  #timer: NodeJS.Timeout | undefined

  constructor(list: () => Promise<PortList>, changed: (list: PortList) => void) {
    this.#list = list
    this.#changed = changed
  }

  async list(): Promise<PortList> {
    await this.#look()
    return this.#known
  }

  watch(on: boolean): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (!on) return
    const next = (): void => {
      this.#timer = setTimeout(async () => {
        await this.#look()
        if (this.#timer) next()
      }, everyMs)
      this.#timer.unref()
    }
    next()
  }

  /** Whether its adapter is known not to be there: only what has a USB identity can be missed. */
  unplugged({ kind, usb }: DeviceRecord): boolean {
    if (kind !== 'serial' || usb === null || !this.#looked || this.#known.problem) return false
    return portOf(usb, this.#known.ports) === undefined
  }

  usbAt(address: string): UsbIdentity | null {
    const serial = parseAddress(address)
    if (serial?.kind !== 'serial') return null
    return this.#known.ports.find(({ path }) => path === serial.path)?.usb ?? null
  }

  async #look(): Promise<void> {
    const now = await this.#list().catch((error) => ({ ports: [], problem: String(error) }))
    this.#looked = true
    if (JSON.stringify(now) === JSON.stringify(this.#known)) return
    this.#known = now
    this.#changed(now)
  }
}
