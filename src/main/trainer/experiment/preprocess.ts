import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { TrainingConfig } from '#common/contract/config.ts'
import type { PreprocessingCell, PreprocessingConfig, PreprocessingResult } from '#common/contract/preprocessing.ts'
import type { OperatorName } from '#common/experiment/preprocessing.ts'
import { operators } from '#common/experiment/preprocessing.ts'
import { totalCost } from '#common/network/cost.ts'
import { random } from '#common/random.ts'
import { frameHeaderBytes } from '#common/wire/header.ts'
import type { Backend } from '../backend/index.ts'
import { drawnDigits } from '../data/digits/digits.ts'
import { openIdx } from '../data/idx/open.ts'
import type { ImageSet } from '../data/imageSet.ts'
import { channelStatistics } from '../data/statistics.ts'
import { fitOperator } from '../preprocessing/fit.ts'
import { lenet5 } from '../preprocessing/lenet.ts'
import { evaluate } from '../training/evaluate.ts'
import { initialise } from '../training/initialise.ts'
import { trainModel } from '../training/train.ts'
import { Stages } from './stages.ts'
import type { Reporter } from './workshop.ts'

const classes = 10
/** Drawn digits are the same for every seed of the training: what differs between seeds is then the training's. */
const digitsSeed = 1

const training = ({ epochs, batchSize }: PreprocessingConfig): TrainingConfig => ({
  ...{ epochs, batchSize, momentum: 0.9, nesterov: true, weightDecay: 5e-4 },
  schedule: { kind: 'one-cycle', peak: 0.05 },
  augment: { crop: 0, flip: false },
})

/**
 * Edge pre-processing (Huang et al., ICNP 2017; frameworks.md §15): every operator is learned from the first N training
 * images, the cluster's network is trained on what it makes of them, and tested. Each cell is stored when it is done,
 * and the same call continues where a killed one stopped. `soFar` gets what there is after every size.
 */
export async function runPreprocess(
  { folder, config }: { folder: string; config: PreprocessingConfig },
  backend: Backend,
  reporter: Reporter,
  soFar: (result: PreprocessingResult) => void,
  signal: AbortSignal,
): Promise<PreprocessingResult> {
  const stages = new Stages(join(folder, 'stages'))
  await stages.tidy()
  const reading = { phase: 'data', title: 'Reading images', unit: 'sets', total: 1 }
  reporter.progress({ ...reading, done: 0 })
  const { train, test, name } = await imagesOf(config, signal)
  reporter.progress({ ...reading, done: 1, detail: name })
  const cells: PreprocessingCell[] = []
  const result: PreprocessingResult = {
    dataset: { name, hash: hashOf(train, test), train: train.count, test: test.count },
    ...{ operators: config.operators, images: config.images, seeds: config.seeds },
    ...{ epochs: config.epochs, batchSize: config.batchSize, headerBytes: frameHeaderBytes, cells },
  }
  const total = config.seeds.length * config.images.reduce((sum, count) => sum + count, 0) * config.operators.length
  let done = 0
  // Whole sizes first: what is there of an unfinished sweep compares operators.
  for (const seed of config.seeds) {
    for (const images of config.images) {
      for (const operator of config.operators) {
        const key = `cell/${operator}/${images}/${seed}`
        const stored = await stages.record<PreprocessingCell>(key)
        const progress = (share: number, reused = false): void =>
          reporter.progress({
            ...{ phase: 'preprocess', title: 'Pre-processing and training', unit: 'images', total, reused },
            ...{ done: Math.round(done + share * images), detail: `${operator} · ${images} images · seed ${seed}` },
          })
        progress(0)
        const cell =
          stored ??
          (await cellOf({ operator, seed }, firstOf(train, images), test, config, { backend, progress, signal }))
        if (!stored) await stages.storeRecord(key, cell)
        cells.push(cell)
        done += images
        progress(0, stored !== undefined)
      }
      soFar(result)
    }
  }
  return result
}

async function imagesOf(
  { source, images, testImages }: PreprocessingConfig,
  signal: AbortSignal,
): Promise<{ train: ImageSet; test: ImageSet; name: string }> {
  const trainImages = images.at(-1)!
  if (source.kind === 'files') return { ...openIdx(source.path, { trainImages, testImages }), name: 'idx' }
  return {
    train: await drawnDigits('train', trainImages, digitsSeed, signal),
    test: await drawnDigits('test', testImages, digitsSeed, signal),
    name: 'digits',
  }
}

async function cellOf(
  { operator, seed }: { operator: OperatorName; seed: number },
  train: ImageSet,
  test: ImageSet,
  config: PreprocessingConfig,
  { backend, progress, signal }: { backend: Backend; progress(share: number): void; signal: AbortSignal },
): Promise<PreprocessingCell> {
  const seconds = stopwatch()
  const stream = `preprocess/${operator}/${train.count}`
  // What is learned in passes over the images takes about as long as the training behind it.
  const learning = operators[operator].kind === 'autoencoder' ? 0.5 : 0
  const onProgress = (share: number): void => progress(learning * share)
  const apply = await fitOperator(operator, train, { backend, rng: random(seed, stream, 'fit'), signal, onProgress })
  const fitS = seconds()
  const coded = apply(train)
  const encodeS = seconds()
  const bytes = coded.size ** 2 * coded.channels
  if (bytes !== operators[operator].bytes) throw new Error(`${operator} gives ${bytes} bytes`)
  const statistics = channelStatistics(coded)
  const start = initialise(lenet5(coded, { classes, ...statistics }), seed)
  seconds()
  const { model } = await trainModel(
    backend,
    start,
    coded,
    { training: training(config), epochs: config.epochs, seed, stream, mean: statistics.mean },
    { signal, onStep: ({ done, total }) => progress(learning + ((1 - learning) * done) / total) },
  )
  const trainS = seconds()
  const { accuracy } = await evaluate(backend, model, apply(test), { signal })
  const { macs, parameters } = totalCost(model.network)
  return {
    ...{ operator, images: train.count, seed, accuracy },
    ...{ serverMacs: macs, serverParameters: parameters, fitS, encodeS, trainS },
  }
}

/** Seconds since it was last asked. */
function stopwatch(): () => number {
  let last = performance.now()
  return () => {
    const now = performance.now()
    const seconds = (now - last) / 1000
    last = now
    return seconds
  }
}

const firstOf = (set: ImageSet, count: number): ImageSet => ({
  ...set,
  count,
  images: set.images.subarray(0, count * set.size ** 2 * set.channels),
  labels: set.labels.subarray(0, count),
})

function hashOf(...sets: readonly ImageSet[]): string {
  const hash = createHash('sha256')
  for (const { images, labels } of sets) hash.update(images).update(Uint8Array.from(labels))
  return hash.digest('hex')
}
