import type { Connection } from '#common/contract/channel.ts'
import type { InferenceContract } from '#common/contract/inference.ts'
import type { Handlers } from '#common/contract/rpc.ts'
import { readCheckSet } from './checkSet.ts'
import type { Machine } from './machine.ts'
import type { SessionCache } from './sessions.ts'
import type { RunningSide } from './side.ts'
import { runningSide } from './side.ts'
import type { ContentStore } from './store.ts'

export type SideRequest = Parameters<Handlers<InferenceContract>['time']>[0]['sides'][number]

/** What one connection works with. */
export interface Bench {
  connection: Connection
  store: ContentStore
  sessions: SessionCache
  machine: Machine
}

/** A side as a request names it, ready to run; `keep`: see `SessionCache.get`. Throws `check-failed` or `device-failed` where a file is not what it must be. */
export async function loadSide(
  { side, model, weights, check, split, threads, batch }: SideRequest,
  { store, sessions, machine }: Pick<Bench, 'store' | 'sessions' | 'machine'>,
  { keep = false } = {},
): Promise<RunningSide> {
  const checkSet = readCheckSet(await store.read(check), split)
  const session = await sessions.get(model, threads, { weights, keep })
  return machine.place(await runningSide(side, session, checkSet, { split, batch, clock: machine.clock }))
}
