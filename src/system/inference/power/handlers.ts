import { setTimeout as delay } from 'node:timers/promises'
import type { Connection } from '#common/contract/channel.ts'
import type { InferenceContract } from '#common/contract/inference.ts'
import type { Handlers } from '#common/contract/rpc.ts'
import { CodedError } from '#common/errors.ts'
import type { PowerReading } from '#common/latency/energy.ts'
import { median } from '#common/measurement/statistics.ts'
import { readCheckSet } from '../checkSet.ts'
import type { Machine } from '../machine.ts'
import type { SessionCache } from '../sessions.ts'
import { headSide } from '../side.ts'
import type { ContentStore } from '../store.ts'
import { findMeter } from './meters.ts'

export interface PowerHost {
  connection: Connection
  store: ContentStore
  sessions: SessionCache
  machine: Machine
  inTurn<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>
}

const everyMs = 100

/** The requests of contract/power.ts. */
export function powerHandlers({
  connection,
  store,
  sessions,
  machine,
  inTurn,
}: PowerHost): Pick<Handlers<InferenceContract>, 'powerMeter' | 'energy'> {
  const { clock } = machine
  return {
    async powerMeter() {
      const meter = await findMeter()
      return { meter: meter?.name ?? null, watts: (await meter?.read()) ?? null }
    },
    energy: (request, signal) =>
      inTurn(signal, async () => {
        const check = readCheckSet(await store.read(request.check), request.split)
        const session = await sessions.get(request.model, request.threads)
        const side = machine.place(await headSide(session, check, { split: request.split, batch: 1, clock }))
        const meter = await findMeter()
        const costs: number[] = []
        const readInto = async (readings: PowerReading[]): Promise<void> => {
          if (!meter) return
          const start = clock()
          const watts = await meter.read()
          costs.push(clock() - start)
          if (watts !== null) readings.push({ atMs: start, watts })
        }
        const wanted = (): void => {
          if (signal.aborted) throw new CodedError('cancelled', 'Cancelled.')
        }
        // The first runs are slower, and are no rest.
        for (let i = 0; i < 5; i++) await side.run(i)

        const idle: PowerReading[] = []
        for (const end = clock() + request.idleS * 1000; clock() < end; ) {
          wanted()
          await readInto(idle)
          await delay(everyMs)
        }
        connection.emit('work', { session: request.session })
        await connection.drained()
        const active: PowerReading[] = []
        let runs = 0
        let worked = 0
        let next = clock() + everyMs
        for (const end = clock() + request.seconds * 1000; clock() < end || runs === 0; ) {
          wanted()
          const start = clock()
          await side.run(runs++)
          worked += clock() - start
          if (clock() < next) continue
          await readInto(active)
          // Lets a cancellation in.
          await delay(0)
          next = clock() + everyMs
        }
        const readMs = costs.length > 0 ? median(costs) : null
        return { meter: meter?.name ?? null, idle, active, runs, runMs: worked / runs, readMs }
      }),
  }
}
