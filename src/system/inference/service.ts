import type { Connection } from '#common/contract/channel.ts'
import type { CheckResult, InferenceContract } from '#common/contract/inference.ts'
import { inferenceContract } from '#common/contract/inference.ts'
import type { Server } from '#common/contract/rpc.ts'
import { serve } from '#common/contract/rpc.ts'
import { runtimeVersion } from '../onnxruntime.ts'
import { agreement } from './agreement.ts'
import { cooperationHandlers } from './cooperation/handlers.ts'
import type { DeviceLock } from './deviceLock.ts'
import type { Machine } from './machine.ts'
import { powerHandlers } from './power/handlers.ts'
import { serveProfile } from './profile.ts'
import { SessionCache } from './sessions.ts'
import type { SideRequest } from './sideRequest.ts'
import { loadSide } from './sideRequest.ts'
import type { ContentStore } from './store.ts'
import { serveTime } from './time.ts'
import { assertWanted, Turns } from './turns.ts'

/** What a process serves with; several connections, one after the other, share it. */
export interface Place {
  store: ContentStore
  machine: Machine
  lock: DeviceLock
}

/**
 * Serves one connection: heads on a device, tails on a server. Checks and timings take turns, whatever arrives, and
 * wait while another process works under the same lock.
 */
export function serveInference(connection: Connection, { store, machine, lock }: Place): void {
  const sessions = new SessionCache(store, machine)
  const turns = new Turns(lock, ({ pid, since }) => server.emit('waiting', { pid, since }))
  const bench = { connection, store, sessions, machine }

  async function check(request: SideRequest & { keep: boolean }, signal: AbortSignal): Promise<CheckResult> {
    const side = await loadSide(request, bench, request)
    const outputs = []
    for (let image = 0; image < side.expected.length; image++) {
      assertWanted(signal)
      outputs.push(await side.output(image))
    }
    return agreement(request.side, request.split, outputs, side.expected)
  }

  const inTurn = <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => turns.take(signal, work)

  const server: Server<InferenceContract> = serve(connection, inferenceContract, {
    ...cooperationHandlers({ ...bench, inTurn }),
    ...powerHandlers({ ...bench, inTurn }),
    hello: async () => ({
      ...(await machine.facts(await runtimeVersion())),
      inputTypes: ['uint8', 'float32'],
      sharedWeights: true,
    }),
    conditions: () => machine.conditions(),
    missing: async ({ hashes }) => ({ files: await store.missing(hashes) }),
    push: async (chunk) => ({ received: await store.push(chunk) }),
    async drop({ hashes }) {
      // A file that a session has mapped cannot be removed everywhere.
      await sessions.forget(hashes)
      await store.drop(hashes)
      return {}
    },
    check: (request, signal) => inTurn(signal, () => check(request, signal)),
    time: (request, signal) => inTurn(signal, () => serveTime(request, signal, bench, server)),
    profile: (request, signal) => inTurn(signal, () => serveProfile(request, signal, store)),
  })
}
