import { join } from 'node:path'
import type { z } from 'zod'
import type { LayerSeries, UntimedCandidate } from '#common/contract/result.ts'
import type { trainerContract } from '#common/contract/trainer.ts'
import { CodedError } from '#common/errors.ts'
import { buildNetwork } from '#common/network/architectures/index.ts'
import { totalCost, unitCosts } from '#common/network/cost.ts'
import type { PartitionPoint } from '#common/network/partition.ts'
import { partitionPoints } from '#common/network/partition.ts'
import type { Model } from '#common/network/weights.ts'
import type { Backend } from '../backend/index.ts'
import { loadDataset } from '../data/dataset.ts'
import type { Dataset } from '../data/imageSet.ts'
import { recipes } from '../frameworks/index.ts'
import type { MissingCandidate } from '../frameworks/lab.ts'
import { weightsHash } from '../model/store.ts'
import { evaluate } from '../training/evaluate.ts'
import { pretrainedBaseline, trainBaseline } from './baseline.ts'
import { createLab } from './laboratory.ts'
import { Stages } from './stages.ts'
import type { TimeAsker } from './timeAsker.ts'
import type { Reporter, Workshop } from './workshop.ts'

type CompareParams = z.output<(typeof trainerContract)['requests']['compare']['params']>
type CompareResult = z.input<(typeof trainerContract)['requests']['compare']['result']>

/**
 * The trainer's part of a comparison: images → baseline → every framework's candidates, exported, checked and evaluated.
 * Everything finished is stored under `folder`, and the same call continues where a killed one stopped.
 */
export async function runCompare(
  { folder, config, pretrained }: CompareParams,
  backend: Backend,
  reporter: Reporter & { candidate(candidate: UntimedCandidate): void },
  times: Pick<TimeAsker, 'ask'>,
  signal: AbortSignal,
): Promise<CompareResult> {
  const stages = new Stages(join(folder, 'stages'))
  await stages.tidy()
  reporter.progress({ phase: 'data', title: 'Reading images', unit: 'sets', done: 0, total: 1 })
  const dataset = await loadDataset(config.data, (text) => reporter.log('info', text), signal)
  await refuseChange(stages, dataset, backend)
  reporter.progress({ phase: 'data', title: 'Reading images', unit: 'sets', done: 1, total: 1, detail: dataset.name })

  const shop: Workshop = { backend, dataset, training: config.training, seed: config.seed, signal, reporter }
  const baseline = pretrained
    ? await pretrainedBaseline(shop, pretrained, stages)
    : await trainBaseline(shop, buildNetwork(config.network.name, { ...dataset, width: config.network.width }), stages)
  const { network } = baseline.model
  const { accuracy: testAccuracy } = await evaluate(backend, baseline.model, dataset.test, { signal })
  reporter.log(
    'info',
    `Baseline: ${(testAccuracy * 100).toFixed(1)} % on ${dataset.test.count} test images, ${(baseline.validationAccuracy * 100).toFixed(1)} % on ${dataset.validation.count} validation images.`,
  )

  const points = choosePoints(partitionPoints(network), config.points)
  const { lab, imageEpochs } = createLab(shop, {
    ...{ folder, stages, times, twoStep: config.twoStep, baseline: { ...baseline, testAccuracy } },
  })
  const base = { model: baseline.model, validationAccuracy: baseline.validationAccuracy, points }
  const candidates: UntimedCandidate[] = []
  const missing: MissingCandidate[] = []
  const series = new Map<string, LayerSeries>()
  for (const name of config.frameworks) {
    const recipe = recipes[name]
    if (!recipe)
      throw new CodedError(
        'unknown-name',
        `Unknown framework "${name}".`,
        `Frameworks: ${Object.keys(recipes).join(', ')}.`,
      )
    const before = imageEpochs()
    const own: UntimedCandidate[] = []
    for await (const yielded of recipe(base, optionsOf(config), lab)) {
      signal.throwIfAborted()
      if (yielded.kind === 'candidate') {
        own.push(yielded.candidate)
        reporter.candidate(yielded.candidate)
      } else if (yielded.kind === 'missing') {
        missing.push(yielded.missing)
        reporter.log(
          'warn',
          `${yielded.missing.framework} ${yielded.missing.step ?? ''} at ${yielded.missing.partitionPoint}: ${yielded.missing.reason}.`,
        )
      } else addRows(series, yielded.series, yielded.model, yielded.points)
    }
    const trainingBudget = imageEpochs() - before
    candidates.push(...own.map((one) => ({ ...one, trainingBudget })))
  }
  return {
    dataset: {
      name: dataset.name,
      hash: dataset.hash,
      train: dataset.train.count,
      validation: dataset.validation.count,
      test: dataset.test.count,
      classes: dataset.classes,
      classNames: dataset.classNames,
      size: dataset.size,
      notes: dataset.notes,
    },
    network: {
      ...{ name: network.name, width: network.width, ...totalCost(network) },
      ...(config.network.pretrained && { pretrained: config.network.pretrained }),
    },
    baseline: {
      accuracy: testAccuracy,
      validationAccuracy: baseline.validationAccuracy,
      weightsHash: weightsHash(baseline.model),
      curve: baseline.curve,
    },
    layers: [...series.values()],
    candidates,
    missing,
  }
}

const optionsOf = ({ maxLoss, twoStep, codec, auto, link, int8 }: CompareParams['config']) => ({
  ...{ maxLoss, twoStep, codec, auto, link, int8 },
})

/** The wanted points in network order; `input` and `output` always belong to a comparison of a subset too. */
function choosePoints(all: readonly PartitionPoint[], wanted: readonly string[] | null): PartitionPoint[] {
  if (!wanted) return [...all]
  for (const name of wanted) {
    if (!all.some((point) => point.name === name)) {
      throw new CodedError(
        'unknown-name',
        `Unknown partition point "${name}".`,
        `Points of this network: ${all.map((one) => one.name).join(', ')}.`,
      )
    }
  }
  return all.filter((point) => point.name === 'input' || point.name === 'output' || wanted.includes(point.name))
}

/** Stages of other images or of another backend must not be continued with: the result would be a mixture. */
async function refuseChange(stages: Stages, dataset: Dataset, { name }: Pick<Backend, 'name'>): Promise<void> {
  const before = await stages.record<{ hash: string; backend?: string }>('dataset')
  if (before && before.hash !== dataset.hash) {
    throw new CodedError(
      'bad-data',
      'The images have changed since this run was interrupted.',
      'Run again with --fresh to start over.',
    )
  }
  if (before?.backend && before.backend !== name) {
    throw new CodedError(
      'bad-output',
      `This run was begun by a trainer with ${before.backend}; the one that would go on with it has ${name}.`,
      `Make ${before.backend} available again (splitbench doctor tells what is missing), or run again with --fresh to start over.`,
    )
  }
  if (!before) await stages.storeRecord('dataset', { hash: dataset.hash, backend: name })
}

function addRows(all: Map<string, LayerSeries>, name: string, model: Model, points: readonly string[] | 'all'): void {
  const entry = all.get(name) ?? { name, rows: [] }
  all.set(name, entry)
  const rows = unitCosts(model.network)
  for (const [index, row] of rows.entries()) {
    // The cut after the last unit is the partition point `output`.
    const point = index === rows.length - 1 ? 'output' : row.unit
    if (points !== 'all' && !points.includes(point)) continue
    entry.rows.push({
      point,
      shape: [row.output.channels, row.output.height, row.output.width],
      elements: row.elements,
      macs: row.macs,
      cumulativeMacs: row.cumulativeMacs,
      parameters: row.parameters,
    })
  }
}
