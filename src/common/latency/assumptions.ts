import type { Link } from '../contract/config.ts'
import type { Candidate, Comparison, EndToEnd, Time } from '../contract/result.ts'
import { composeEndToEnd, modelledDeviceTime } from './compose.ts'
import { transmissionMs } from './transmission.ts'

/** What may be assumed of link and machines without measuring, let alone training, anything again. */
export interface Assumptions {
  link: Pick<Link, 'rateMbps' | 'rttMs'>
  /** A number: the device is γ times slower than the server's machine. Null: device times as they were taken. */
  gamma: number | null
  /** How many times longer the server takes than it did when it was timed (Neurosurgeon's K, frameworks.md §4.4); 1: as timed. */
  serverLoad: number
}

/** Under which a comparison's own figures come out. */
export const ownAssumptions = ({ link, gamma }: Comparison): Assumptions => ({
  link: { rateMbps: link.rateMbps, rttMs: link.rttMs },
  gamma,
  serverLoad: 1,
})

/** Whether device times can be turned into the server machine's: only then γ means something. */
export const gammaPossible = ({ gamma, device }: Comparison): boolean => gamma !== null || device.kind === 'local'

/** What the device's times are multiplied by. `taken`: the γ under which they were made, null: they were taken as they are. */
export const deviceFactor = ({ gamma }: Assumptions, taken: number | null): number =>
  gamma === null ? 1 : gamma / (taken ?? 1)

/** One candidate's times in ms under assumptions; null where a time that it needs was not taken. */
export interface Assumed {
  device: Time | null
  transmissionMs: number
  server: Time | null
  endToEnd: EndToEnd | null
}

/** With the latency model of the report. `factor`: `deviceFactor`. */
export function assume(
  { payloadBytes, headerBytes, deviceMs, serverMs }: Candidate,
  { link, serverLoad }: Assumptions,
  factor: number,
): Assumed {
  const transmission = transmissionMs(payloadBytes + headerBytes, link)
  const device = scaled(deviceMs, factor)
  const server = scaled(serverMs, serverLoad)
  return {
    device,
    transmissionMs: transmission,
    server,
    endToEnd: device && server ? composeEndToEnd(device, transmission, server) : null,
  }
}

const scaled = (time: Time | null, factor: number): Time | null =>
  time && factor !== 1 ? modelledDeviceTime(time, factor) : time
