import { availableParallelism } from 'node:os'
import type { InferenceContract } from '#common/contract/inference.ts'
import type { Handlers, Server } from '#common/contract/rpc.ts'
import { timingLoop } from '#common/measurement/timingLoop.ts'
import { OtherLoad } from './load.ts'
import type { Bench } from './sideRequest.ts'
import { loadSide } from './sideRequest.ts'
import { assertWanted } from './turns.ts'

type Time = Handlers<InferenceContract>['time']

/** Conditions are read so often while it times, and only between two blocks. */
const conditionsMs = 1000

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Serves `time`; the caller sees to it that nothing else runs meanwhile. */
export async function serveTime(
  request: Parameters<Time>[0],
  signal: AbortSignal,
  bench: Bench,
  server: Server<InferenceContract>,
): Promise<Awaited<ReturnType<Time>>> {
  const { connection, sessions, machine } = bench
  const { clock } = machine
  const { timing, sides: requested, ...loop } = request
  return sessions.holding(requested.length, async () => {
    const others = new OtherLoad(availableParallelism())
    const before = await machine.conditions(others)
    const begin = clock()
    let readAt = begin
    const read = async (): Promise<void> => {
      if (clock() - readAt < conditionsMs) return
      const conditions = await machine.conditions(others)
      readAt = clock()
      server.emit('conditions', { timing, atMs: readAt - begin, conditions })
    }
    const sides = []
    for (const side of requested) {
      assertWanted(signal)
      sides.push(await loadSide(side, bench))
      await read()
    }
    const offset = clock() - begin
    const outcome = await timingLoop({
      ...loop,
      sides: sides.map(({ run }) => run),
      clock,
      signal,
      async pause() {
        await pause()
        await read()
      },
      async onBlock({ side, round, atMs, samples }) {
        server.emit('samples', {
          timing,
          side,
          round,
          atMs: offset + atMs,
          modelMs: samples.map(({ modelMs }) => modelMs),
          codecMs: samples.map(({ codecMs }) => codecMs),
        })
        await connection.drained()
      },
    })
    return { ...outcome, before, after: await machine.conditions(others) }
  })
}
