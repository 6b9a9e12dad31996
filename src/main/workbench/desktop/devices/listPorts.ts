import type { PortList } from './ports.ts'

/** The ports of this computer by serialport; where it cannot list them, why. */
export async function listPorts(): Promise<PortList> {
  const { SerialPort } = await import('serialport')
  try {
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
    return { ports: [], problem: `Serial ports cannot be listed here (${text}).` }
  }
}
