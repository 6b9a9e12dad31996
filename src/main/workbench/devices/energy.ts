import { randomUUID } from 'node:crypto'
import type { InferenceContract } from '#common/contract/inference.ts'
import type { Client } from '#common/contract/rpc.ts'
import type { Split } from '#common/contract/split.ts'
import type { CodedError } from '#common/errors.ts'
import type { MeasuredEnergy, PowerReading } from '#common/latency/energy.ts'
import { energyOf } from '#common/latency/energy.ts'
import { assertPossible } from './claimedTime.ts'
import type { UsbMeter } from './power/usbMeter.ts'
import { printable } from './printable.ts'

export interface EnergyOrder {
  model: string
  check: string
  split: Split
  threads: number
  idleS: number
  seconds: number
}

export interface EnergyOutcome extends MeasuredEnergy {
  meter: string
  runs: number
  runMs: number
  /** What one reading costs the board, in ms; null for a meter that stands outside. */
  readMs: number | null
  idle: PowerReading[]
  active: PowerReading[]
}

export interface PowerOfDevice {
  /** The board's own meter by name; null: it has none. */
  meter(signal?: AbortSignal): Promise<string | null>
  /**
   * Energy of a head with its encoding, by `outside` where that is given, else by the board's own meter; null where
   * there are no readings of both rest and work.
   */
  measure(order: EnergyOrder, outside: UsbMeter | null, signal: AbortSignal): Promise<EnergyOutcome | null>
}

interface Ways {
  /** Of the device, for messages. */
  name: string
  request: Client<InferenceContract>['request']
  on: Client<InferenceContract>['on']
  violated(what: string): CodedError
}

/** The mean power of fewer readings says little. */
const leastReadings = 3

export function powerOf({ name, request, on, violated }: Ways): PowerOfDevice {
  return {
    meter: async (signal) => {
      const { meter } = await request('powerMeter', {}, signal)
      return meter === null ? null : printable(meter, 80)
    },
    async measure(order, outside, signal) {
      const session = randomUUID()
      let beganAt = Number.POSITIVE_INFINITY
      const stop = on('work', (work) => {
        if (work.session === session) beganAt = performance.now()
      })
      const askedAt = performance.now()
      try {
        const result = await request('energy', { ...order, session }, signal)
        const endedAt = performance.now()
        const { runs, runMs, readMs } = result
        const waitedMs = endedAt - askedAt
        assertPossible(name, runs * runMs, waitedMs)
        const dueMs = (order.idleS + order.seconds) * 1000
        if (waitedMs * 1.2 < dueMs) throw violated(`ended after ${Math.round(waitedMs)} of ${dueMs} ms`)
        const readings = outside
          ? { idle: outside.between(beganAt - order.idleS * 1000, beganAt), active: outside.between(beganAt, endedAt) }
          : { idle: result.idle, active: result.active }
        const meter = outside?.name ?? result.meter
        if (meter === null || Math.min(readings.idle.length, readings.active.length) < leastReadings) return null
        return {
          ...energyOf(readings.idle, readings.active, runMs),
          ...{ meter: printable(meter, 80), runs, runMs, readMs: outside ? null : readMs },
          ...readings,
        }
      } finally {
        stop()
      }
    },
  }
}
