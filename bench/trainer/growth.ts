import { setTimeout } from 'node:timers/promises'
import { median } from '#common/measurement/statistics.ts'
import { buildNetwork } from '#common/network/architectures/index.ts'
import type { Network } from '#common/network/graph.ts'
import { random } from '#common/random.ts'
import type { Backend } from '../../src/main/trainer/backend/index.ts'
import type { ImageSet } from '../../src/main/trainer/data/imageSet.ts'
import { emptyImageSet } from '../../src/main/trainer/data/imageSet.ts'
import { trainModel } from '../../src/main/trainer/training/train.ts'
import { fitLine } from './line.ts'
import { modelFor } from './ours.ts'
import type { Row } from './rows.ts'

const counts = [10_000, 20_000, 40_000]
/** Allocators and caches settle in the first epochs. */
const settling = 3
const epochs = 30
const perEpoch = 20
const batch = 128
/** Steps of a training in which code is compiled and caches fill, once whatever the number of images. */
const warmUpSteps = 30

/**
 * The exponent of an epoch's time over the number of images: 1 = twice the images, twice the time. By the clock and in
 * processor time, which a machine that is not quite quiet disturbs less.
 */
export async function imageRows(backend: Backend, rounds: number): Promise<Row[]> {
  const network = narrow(1 / 16)
  const images = noise(counts.at(-1)!)
  await epochOf(backend, network, images, 5_120)
  const points: { count: number; round: number; took: Took }[] = []
  for (let round = 0; round < rounds; round++) {
    for (const count of random(1, 'growth', round).shuffle([...counts])) {
      points.push({ round, count, took: await epochOf(backend, network, images, count) })
    }
  }
  const row = (name: string, of: (took: Took) => number): Row => {
    const line = fitLine(
      points.map(({ count }) => Math.log(count - warmUpSteps * batch)),
      points.map(({ took }) => Math.log(of(took))),
      points.map((point) => point.round),
    )
    const ofCount = (count: number): number =>
      median(points.filter((point) => point.count === count).map(({ took }) => of(took)))
    return {
      name,
      unit: '',
      median: line.slope,
      spread: line.slope95,
      ratioDefault: null,
      ratioBest: null,
      ...Object.fromEntries(counts.map((count) => [`s of ${count / 1000} k`, ofCount(count)])),
      limit: '0.95 – 1.05',
    }
  }
  return [
    row('seconds per epoch ∝ imagesᵏ, k', ({ seconds }) => seconds),
    row('processor seconds per epoch ∝ imagesᵏ, k', ({ processor }) => processor),
  ]
}

/** The trends of step time and resident set over 30 epochs. */
export async function epochRows(backend: Backend): Promise<Row[]> {
  const stepMs: number[] = []
  const memory: number[] = []
  let times: number[] = []
  let last = performance.now()
  await train(backend, narrow(1 / 8), noise(perEpoch * batch), epochs + settling, {
    onStep: () => {
      const now = performance.now()
      times.push(now - last)
      last = now
    },
    onEpoch: async () => {
      globalThis.gc?.()
      await setTimeout(5)
      stepMs.push(median(times))
      memory.push(process.memoryUsage.rss() / 1e6)
      times = []
      last = performance.now()
    },
  })
  const settled = (values: number[]): number[] => values.slice(settling)
  const row = (name: string, unit: string, values: number[], limit: string): Row => {
    const line = fitLine(
      values.map((_, epoch) => epoch),
      values,
    )
    const [low, high] = line.slope95
    return {
      name,
      unit,
      median: line.slope,
      spread: line.slope95,
      ratioDefault: null,
      ratioBest: null,
      significant: low > 0 || high < 0,
      atStart: median(values.slice(0, 5)),
      atEnd: median(values.slice(-5)),
      limit,
    }
  }
  return [
    row('step time, trend over 30 epochs', 'ms per epoch', settled(stepMs), 'not significant'),
    row('resident set, trend over 30 epochs', 'MB per epoch', settled(memory), '< 1'),
  ]
}

/** VGG16 at a small share of its width: most of what a step does besides computing, in little time. */
const narrow = (width: number): Network =>
  buildNetwork('vgg16', { classes: 10, width, size: 32, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] })

function noise(count: number): ImageSet {
  const set = emptyImageSet(count, 32)
  const rng = random(1, 'noise')
  for (let at = 0; at < set.images.length; at++) set.images[at] = rng.below(256)
  for (let at = 0; at < count; at++) set.labels[at] = rng.below(10)
  return set
}

interface Took {
  seconds: number
  /** Of all threads, in the program and in the system. */
  processor: number
}

/** All of an epoch but its warm-up. */
async function epochOf(backend: Backend, network: Network, all: ImageSet, count: number): Promise<Took> {
  const set = {
    ...all,
    count,
    images: all.images.subarray(0, count * all.size * all.size * 3),
    labels: all.labels.subarray(0, count),
  }
  // What a training does once is no part of what an epoch takes.
  let [start, before] = [performance.now(), process.cpuUsage()]
  const onStep = ({ step }: { step: number }): void => {
    if (step === warmUpSteps) [start, before] = [performance.now(), process.cpuUsage()]
  }
  await train(backend, network, set, 1, { onStep })
  const { user, system } = process.cpuUsage(before)
  return { seconds: (performance.now() - start) / 1000, processor: (user + system) / 1e6 }
}

const train = (
  backend: Backend,
  network: Network,
  set: ImageSet,
  howMany: number,
  hooks: Parameters<typeof trainModel>[4],
) =>
  trainModel(
    backend,
    modelFor(network),
    set,
    {
      training: {
        epochs: howMany,
        batchSize: batch,
        schedule: { kind: 'constant', rate: 0.001 },
        momentum: 0.9,
        nesterov: true,
        weightDecay: 5e-4,
        augment: { crop: 4, flip: true },
      },
      epochs: howMany,
      seed: 1,
      stream: 'bench',
      mean: network.mean,
    },
    hooks,
  )
