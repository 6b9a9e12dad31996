import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { loadBackend } from '../../src/main/trainer/backend/index.ts'
import type { Executor } from '../../src/main/trainer/training/executor.ts'
import { chosenCases } from './networks.ts'
import { batchFor, executorFor, timed } from './ours.ts'
import type { Contestant, Row } from './rows.ts'
import { interleave, printRows, rowOf } from './rows.ts'
import { layouts, startTorch } from './torch.ts'

/** What a benchmark of the trainer is asked: `[--only NAME[,NAME]] [--rounds 8] [--threads N] [--json]`. */
export function benchOptions(defaults: { rounds?: number } = {}) {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string', default: String(defaults.rounds ?? 8) },
      threads: { type: 'string', default: String(availableParallelism()) },
    },
  })
  return { ...values, rounds: Number(values.rounds), threads: Number(values.threads) }
}

/** One row per network: our step and PyTorch's, both layouts, in interleaved blocks with the same number of threads. */
export async function sideBySide(
  op: 'train' | 'eval',
  batch: number,
  step: (executor: Executor, images: Uint8Array, labels: Uint16Array) => void,
): Promise<void> {
  const { json, only, rounds, threads } = benchOptions()
  const chosen = chosenCases(only)
  const backend = await loadBackend({ threads })
  const torch = await startTorch(threads)
  const rows: Row[] = []
  for (const { name, network } of chosen) {
    const executor = executorFor(backend, network)
    const { images, labels } = batchFor(network, batch)
    const contestants: { ours: Contestant } & Partial<Record<(typeof layouts)[number], Contestant>> = {
      ours: timed(() => step(executor, images, labels), executor),
    }
    for (const layout of torch ? layouts : []) {
      await torch!.load(layout, network, batch, layout)
      contestants[layout] = (runs) => torch!.time(op, layout, runs)
    }
    rows.push(rowOf(name, await interleave(contestants as Record<'ours', Contestant>, rounds), { batch }))
    executor.dispose()
  }
  await torch?.close()
  printRows(rows, json, {
    backend: backend.name,
    ...backend.versions,
    torch: torch?.version ?? 'none',
    threads,
    rounds,
  })
}
