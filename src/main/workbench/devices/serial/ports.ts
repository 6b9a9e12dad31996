import type { Port, UsbIdentity } from '#common/contract/device.ts'

export interface PortList {
  ports: Port[]
  /** Why they cannot be listed here; a path can be typed all the same. */
  problem: string | null
}

/** The serial ports of this computer that can be found; pseudo-terminals never are. */
export async function listPorts(): Promise<PortList> {
  try {
    const { SerialPort } = await import('serialport')
    const ports = await SerialPort.list()
    return {
      ports: ports.map(({ path, vendorId, productId, serialNumber, manufacturer }) => ({
        path,
        usb: vendorId && productId ? { vendorId, productId, serialNumber: serialNumber ?? null } : null,
        title: manufacturer ?? null,
      })),
      problem: null,
    }
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    // Containers have no udev.
    const why = text.includes('udevadm') ? 'udevadm is not installed' : text
    return { ports: [], problem: `Serial ports cannot be listed here: ${why}. A path can be typed.` }
  }
}

/** Whether two adapters are the same piece of hardware, whatever path the system gives it. */
export const sameAdapter = (a: UsbIdentity, b: UsbIdentity): boolean =>
  a.vendorId.toLowerCase() === b.vendorId.toLowerCase() &&
  a.productId.toLowerCase() === b.productId.toLowerCase() &&
  a.serialNumber === b.serialNumber

/** Where an adapter is now; undefined where it is not plugged in. */
export const portOf = (usb: UsbIdentity, ports: readonly Port[]): Port | undefined =>
  ports.find((port) => port.usb && sameAdapter(port.usb, usb))
