/** Devices on a serial line: what the rest of the workbench uses of them. */
export { openSerialBoard, type SerialBoard, type SerialBoardOptions } from './board.ts'
export { serialBoardTransport } from './boardTransport.ts'
export { openSerialConsole, type SerialConsole } from './console.ts'
export { transferSeconds } from './duration.ts'
export type { SerialPlace } from './pluggedLine.ts'
export { listPorts, type PortList, portOf, sameAdapter } from './ports.ts'
export { serialTransport } from './transport.ts'
