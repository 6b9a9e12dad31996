/**
 * Pruning's own work: Taylor scores of every filter of a network against one training step, per batch of 128, in
 * interleaved blocks; and the surgery of full VGG16, half of all filters. There is nothing in PyTorch to compare with.
 *
 *   npm run bench:prune -- [--only vgg16-w0.25,…] [--rounds 8] [--threads 2] [--json]
 */
import { median } from '#common/measurement/statistics.ts'
import { activationsOf, channelGroups } from '#common/network/channelGroups.ts'
import type { Network } from '#common/network/graph.ts'
import { loadBackend } from '../src/main/trainer/backend/index.ts'
import { removeFilters } from '../src/main/trainer/pruning/surgery.ts'
import { caseNamed, chosenCases } from './trainer/networks.ts'
import { batchFor, executorFor, modelFor, rule, timed } from './trainer/ours.ts'
import type { Row } from './trainer/rows.ts'
import { interleave, printRows, ratioOf, rowOf } from './trainer/rows.ts'
import { benchOptions } from './trainer/sideBySide.ts'

const { json, only, rounds, threads } = benchOptions()
const backend = await loadBackend({ threads })
const rows: Row[] = []
for (const { name, network } of chosenCases(only)) {
  const executor = executorFor(backend, network)
  const { images, labels } = batchFor(network, 128)
  const places = placesToScore(network)
  const medians = await interleave(
    {
      scores: timed(() => executor.taylor(images, labels, places), executor),
      step: timed(() => executor.trainStep(images, labels, rule), executor),
    },
    rounds,
  )
  const { ratio, spread } = ratioOf(medians.scores, medians.step)
  rows.push(
    rowOf(`Taylor scores ${name}`, { ours: medians.scores }, { toStep: ratio, toStepSpread: spread, limit: 1.2 }),
  )
  executor.dispose()
}
rows.push(await surgeryRow())
printRows(rows, json, { backend: backend.name, ...backend.versions, threads, rounds })
process.exit()

/** Where a whole scoring pass looks: the activations that read each group of filters. */
function placesToScore(network: Network): string[] {
  const groups = channelGroups(network)
  return [...new Set(groups.groups.flatMap(({ name }) => activationsOf(network, groups, name)))]
}

async function surgeryRow(): Promise<Row> {
  const model = modelFor(caseNamed('vgg16-w1.0').network)
  const half = new Map(
    channelGroups(model.network).groups.map(({ name, size }) => [
      name,
      Array.from({ length: Math.ceil(size / 2) }, (_, index) => 2 * index),
    ]),
  )
  const times: number[] = []
  for (let run = 0; run < 25; run++) {
    const start = performance.now()
    removeFilters(model, half)
    times.push(performance.now() - start)
  }
  return rowOf(
    'surgery of VGG16 w 1.0, half of all filters',
    { ours: times },
    { first: times[0]!, slowest: Math.max(...times), middle: median(times), limit: 150 },
  )
}
