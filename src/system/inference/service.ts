import type { Connection } from '#common/contract/channel.ts'
import type { CheckResult, InferenceContract } from '#common/contract/inference.ts'
import { inferenceContract } from '#common/contract/inference.ts'
import type { Handlers } from '#common/contract/rpc.ts'
import { serve } from '#common/contract/rpc.ts'
import { CodedError } from '#common/errors.ts'
import { timingLoop } from '#common/measurement/timingLoop.ts'
import { runtimeVersion } from '../onnxruntime.ts'
import { agreement } from './agreement.ts'
import { readCheckSet } from './checkSet.ts'
import { cooperationHandlers } from './cooperation/handlers.ts'
import type { Machine } from './machine.ts'
import { powerHandlers } from './power/handlers.ts'
import { SessionCache } from './sessions.ts'
import type { RunningSide } from './side.ts'
import { runningSide } from './side.ts'
import type { ContentStore } from './store.ts'

type SideRequest = Parameters<Handlers<InferenceContract>['check']>[0]

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Serves one connection: heads on a device, tails on a server. Checks and timings take turns, whatever arrives. */
export function serveInference(connection: Connection, store: ContentStore, machine: Machine): void {
  const sessions = new SessionCache(store, machine)
  const { clock } = machine

  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    const begin = (): Promise<T> => {
      assertWanted(signal)
      return work()
    }
    const turn = last.then(begin, begin)
    last = turn.catch(() => {})
    return turn
  }

  async function load({ side, model, check, split, threads }: SideRequest): Promise<RunningSide> {
    const checkSet = readCheckSet(await store.read(check), split)
    return machine.place(await runningSide(side, await sessions.get(model, threads), checkSet, split, clock))
  }

  async function check(request: SideRequest, signal: AbortSignal): Promise<CheckResult> {
    const side = await load(request)
    const outputs = []
    for (let image = 0; image < side.expected.length; image++) {
      assertWanted(signal)
      outputs.push(await side.output(image))
    }
    return agreement(request.side, request.split, outputs, side.expected)
  }

  const server = serve(connection, inferenceContract, {
    ...cooperationHandlers({ connection, store, sessions, machine, inTurn }),
    ...powerHandlers({ connection, store, sessions, machine, inTurn }),
    hello: async () => machine.facts(await runtimeVersion()),
    conditions: () => machine.conditions(),
    missing: async ({ hashes }) => ({ files: await store.missing(hashes) }),
    push: async (chunk) => ({ received: await store.push(chunk) }),
    check: (request, signal) => inTurn(signal, () => check(request, signal)),
    time: (request, signal) =>
      inTurn(signal, async () => {
        const { timing, seconds, minIterations } = request
        const side = await load(request)
        const before = await machine.conditions()
        const outcome = await timingLoop({
          rule: { seconds, minIterations },
          clock,
          run: side.run,
          pause,
          signal,
          async onBlock(samples) {
            server.emit('samples', {
              timing,
              modelMs: samples.map(({ modelMs }) => modelMs),
              codecMs: samples.map(({ codecMs }) => codecMs),
            })
            await connection.drained()
          },
        })
        return { ...outcome, before, after: await machine.conditions() }
      }),
  })
}

function assertWanted(signal: AbortSignal): void {
  if (signal.aborted) throw new CodedError('cancelled', 'Cancelled.')
}
