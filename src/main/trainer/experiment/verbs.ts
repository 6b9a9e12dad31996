import { join } from 'node:path'
import type { z } from 'zod'
import type { DataConfig, TrainingConfig } from '#common/contract/config.ts'
import type { trainerContract } from '#common/contract/trainer.ts'
import { CodedError } from '#common/errors.ts'
import { buildNetwork } from '#common/network/architectures/index.ts'
import { channelGroups } from '#common/network/channelGroups.ts'
import { totalCost } from '#common/network/cost.ts'
import { prunableLayers } from '#common/network/prunable.ts'
import type { Model } from '#common/network/weights.ts'
import type { Backend } from '../backend/index.ts'
import { writeCandidate } from '../candidates/write.ts'
import { loadDataset } from '../data/dataset.ts'
import type { Dataset } from '../data/imageSet.ts'
import { saveModel, weightsHash } from '../model/store.ts'
import { normalised } from '../pruning/criteria/criterion.ts'
import { featureSpreads } from '../pruning/features.ts'
import { filtersOf, keepBest } from '../pruning/ranking.ts'
import { removeFilters } from '../pruning/surgery.ts'
import { evaluate } from '../training/evaluate.ts'
import { beginFrom, trainBaseline } from './baseline.ts'
import { pointNamed } from './laboratory.ts'
import { loadMatching } from './loadMatching.ts'
import { scoreGroups } from './scoring.ts'
import { softPrune } from './softPrune.ts'
import { Stages } from './stages.ts'
import { startFrom } from './startFrom.ts'
import type { Reporter, Workshop } from './workshop.ts'
import { fineTune, validationAccuracy } from './workshop.ts'

type Requests = (typeof trainerContract)['requests']
type Params<M extends keyof Requests> = z.output<Requests[M]['params']>
type Result<M extends keyof Requests> = z.input<Requests[M]['result']>

const modelFolder = 'model'

export async function images(data: DataConfig, reporter: Reporter, signal: AbortSignal): Promise<Dataset> {
  reporter.progress({ phase: 'data', title: 'Reading images', unit: 'sets', done: 0, total: 1 })
  const dataset = await loadDataset(data, (text) => reporter.log('info', text), signal)
  reporter.progress({ phase: 'data', title: 'Reading images', unit: 'sets', done: 1, total: 1, detail: dataset.name })
  return dataset
}

async function summary(shop: Workshop, model: Model) {
  const { backend, dataset, signal } = shop
  return {
    weightsHash: weightsHash(model),
    ...totalCost(model.network),
    accuracy: (await evaluate(backend, model, dataset.test, { signal })).accuracy,
    validationAccuracy: (await evaluate(backend, model, dataset.validation, { signal })).accuracy,
  }
}

/** `splitbench train`: a model folder from a seeded start, or from the weights of another folder; resumes from the checkpoints in `folder`. */
export async function runTrain(
  params: Params<'train'>,
  backend: Backend,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Result<'train'>> {
  const dataset = await images(params.data, reporter, signal)
  const start = params.network.model ? await startFrom(params.network.model, dataset, params.seed, reporter) : undefined
  const network = start?.network ?? buildNetwork(params.network.name, { ...dataset, width: params.network.width })
  const shop: Workshop = { backend, dataset, training: params.training, seed: params.seed, signal, reporter }
  const stages = new Stages(join(params.folder, 'stages'))
  await stages.tidy()
  if (params.resumeFrom) await beginFrom(stages, params.resumeFrom.checkpoint, params.resumeFrom.curve)
  const { model, curve } = await trainBaseline(shop, network, stages, start)
  await saveModel(join(params.folder, modelFolder), model)
  return { model: modelFolder, ...(await summary(shop, model)), curve }
}

/** `splitbench prune`: iterative pruning of a stored model by a criterion until its MACs or its accuracy reach the bound. */
export async function runPrune(
  params: Params<'prune'>,
  backend: Backend,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Result<'prune'>> {
  const dataset = await images(params.data, reporter, signal)
  const original = await loadMatching(params.model, dataset)
  const training: TrainingConfig = params.training
  const shop: Workshop = { backend, dataset, training, seed: params.seed, signal, reporter }
  const before = await summary(shop, original)
  const excluded = new Set(params.exclude)
  const convolutions = prunable(original, excluded)
  const total = filters(original, convolutions)
  const { step1Share, step1Epochs, step1MaxIterations, rate, scoreImages, flopsRegulariser } = params.twoStep
  const remove = Math.ceil(total * step1Share)
  const stages = new Stages(join(params.folder, 'stages'))
  await stages.tidy()
  reporter.metric('prune', 0, {
    validationAccuracy: before.validationAccuracy,
    loss: 0,
    macShare: 1,
    ...channelsPerLayer(original, convolutions),
  })
  let inside = original
  for (let iteration = 1; iteration <= step1MaxIterations; iteration++) {
    reporter.progress({
      phase: 'step1',
      title: 'Pruning',
      unit: 'iterations',
      done: iteration - 1,
      total: step1MaxIterations,
    })
    if (params.macShare !== null && totalCost(inside.network).macs <= params.macShare * before.macs) break
    if (filters(inside, convolutions) - remove < convolutions.length) break
    const stream = `prune/${iteration}`
    const scoring = { criterion: params.criterion, images: scoreImages, stream, flopsRegulariser }
    const key = `prune/iteration-${iteration}`
    const finished = await stages.model(key)
    let next = finished?.model
    if (!next) {
      const start =
        params.criterion === 'l2'
          ? await softPrune(shop, inside, convolutions, { remove, epochs: step1Epochs, rate, stream })
          : inside
      const scored = await scoreGroups(shop, start, convolutions, scoring)
      const scores = params.criterion === 'random' ? scored : perLayer(scored)
      reporter.metric('prune/scores', iteration, scoreSpread(scores))
      const smaller = removeFilters(start, keepBest(scores, remove, params.roundTo))
      if (filters(smaller, convolutions) === filters(inside, convolutions)) break
      next = await fineTune(shop, smaller, { epochs: step1Epochs, rate, stream })
    }
    const accuracy = finished?.validationAccuracy ?? (await validationAccuracy(shop, next))
    if (!finished) await stages.storeModel(key, { model: next, validationAccuracy: accuracy })
    const loss = before.validationAccuracy - accuracy
    reporter.metric('prune', iteration, {
      validationAccuracy: accuracy,
      loss,
      macShare: totalCost(next.network).macs / before.macs,
      ...channelsPerLayer(next, convolutions),
    })
    if (loss > params.maxLoss) break
    inside = next
  }
  if (inside === original) {
    throw new CodedError(
      'check-failed',
      `No filters could be removed: the first iteration already loses more than ${(100 * params.maxLoss).toFixed(1)} points on validation images.`,
      'Allow a larger --max-loss, or train the network longer first.',
    )
  }
  await saveModel(join(params.folder, modelFolder), inside)
  const after = await summary(shop, inside)
  const features = await featureSpreads(backend, original, inside, convolutions, dataset.validation, signal)
  return {
    model: modelFolder,
    ...after,
    before,
    channelShare: filters(inside, convolutions) / total,
    parameterShare: after.parameters / before.parameters,
    macShare: after.macs / before.macs,
    features,
  }
}

/** `splitbench export`: one checked candidate folder of a stored model. */
export async function runExport(
  params: Params<'export'>,
  backend: Backend,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Result<'export'>> {
  const dataset = await images(params.data, reporter, signal)
  const model = await loadMatching(params.model, dataset)
  const point = pointNamed(model, params.point)
  const { accuracy } = await evaluate(backend, model, dataset.test, { signal })
  const validation = await evaluate(backend, model, dataset.validation, { signal })
  const candidate = await writeCandidate({
    folder: params.folder,
    model,
    point,
    form: params.features,
    framework: 'only-splitting',
    step: null,
    seed: params.seed,
    backend,
    calibration: dataset.train,
    test: dataset.test,
    baselineAccuracy: accuracy,
    validationAccuracy: validation.accuracy,
  })
  return { candidate }
}

/** As a live curve holds them: "filters/conv1". */
const channelsPerLayer = (model: Model, layers: readonly string[]): Record<string, number> =>
  Object.fromEntries(layers.map((layer) => [`filters/${layer}`, filtersOf(model.network, layer)]))

const quartiles = [0, 0.25, 0.5, 0.75, 1]

/** Least, quartiles and largest score of each layer: "scores/conv1/2" is the median. */
const scoreSpread = (scores: ReadonlyMap<string, Float32Array>): Record<string, number> =>
  Object.fromEntries(
    [...scores].flatMap(([layer, values]) => {
      const sorted = [...values].sort((a, b) => a - b)
      return quartiles.map((share, index) => [
        `scores/${layer}/${index}`,
        sorted[Math.round(share * (sorted.length - 1))]!,
      ])
    }),
  )

const filters = (model: Model, convolutions: readonly string[]): number =>
  convolutions.reduce((sum, name) => sum + filtersOf(model.network, name), 0)

/** Of length 1 per layer, whatever the criterion: layers are ranked jointly. Taylor's are so already, less a cost term. */
const perLayer = (scores: Map<string, Float32Array>): Map<string, Float32Array> =>
  new Map([...scores].map(([name, values]) => [name, values.some((value) => value < 0) ? values : normalised(values)]))

/** The groups that may be pruned, without those that one of the excluded layers makes. Throws for a name that is no layer. */
function prunable({ network }: Model, excluded: ReadonlySet<string>): string[] {
  for (const name of excluded) {
    if (network.layers.some((layer) => layer.name === name)) continue
    const names = network.layers.filter(({ op }) => op === 'conv').map((layer) => layer.name)
    throw new CodedError('unknown-name', `There is no layer "${name}" to exclude.`, `Layers: ${names.join(', ')}.`)
  }
  const { groups } = channelGroups(network)
  const kept = prunableLayers(network).filter(
    (name) => !groups.find((group) => group.name === name)!.producers.some((layer) => excluded.has(layer)),
  )
  if (kept.length > 0) return kept
  throw new CodedError('bad-usage', 'All layers are excluded: nothing is left to prune.', 'Exclude fewer layers.')
}
