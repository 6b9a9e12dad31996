import type { Duplex } from 'node:stream'
import type { DeviceInfo } from '#common/contract/result.ts'
import type { WatchedChannel } from '../../../system/watchedChild.ts'

/** Ports of the far machine's loopback, carried by the connection that the agent's streams use too (SSH). */
export interface Forwarding {
  /** Listens on a port of the device's loopback; every connection made to it there arrives here. */
  forwardIn(onConnection: (stream: Duplex) => void): Promise<{ port: number; close(): void }>
  /** Connects to a port of the device's loopback. */
  forwardOut(port: number): Promise<Duplex>
}

/** An agent's streams, and where the way to it can carry ports, those. */
export interface DeviceChannel extends WatchedChannel {
  readonly forwarding?: Forwarding
}

/** A way to a device: it starts an agent there and carries bytes. The protocol above it is the same for all kinds. */
export interface Transport {
  readonly name: string
  readonly kind: DeviceInfo['kind']
  /** Of a slow way (a serial line): files go in pieces that it carries in a moment, so that cancel stays quick. */
  readonly bytesPerSecond?: number
  /** Where its agent keeps its files, if that is a folder of this computer: what lies here already need not be sent. */
  readonly store?: string
  /** Starts the agent. Throws `device-failed` or `component-missing` where that cannot be done. */
  open(): Promise<DeviceChannel>
}
