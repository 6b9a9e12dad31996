import type { CodecConfig } from '#common/contract/config.ts'
import { profiles } from '#common/experiment/profiles.ts'
import { partitionPoints } from '#common/network/partition.ts'
import { inferShapes } from '#common/network/shapes.ts'
import type { Model } from '#common/network/weights.ts'
import { random } from '#common/random.ts'
import type { ByteForm } from '../../src/main/trainer/candidates/bytes.ts'
import { insertCodec } from '../../src/main/trainer/codecs/insert.ts'
import type {
  ExportRequest,
  FitOptions,
  Lab,
  Recipe,
  RecipeOptions,
  Staged,
  Yielded,
} from '../../src/main/trainer/frameworks/lab.ts'
import { filtersOf } from '../../src/main/trainer/pruning/ranking.ts'
import { randomModel, smallVgg } from './randomModel.ts'

/** What recipes are tried with: a grid of its own, so that what a profile affords may change. */
export const grid: CodecConfig = {
  ...profiles.quick.codec,
  ...{ widths: [1 / 4, 1 / 8, 1 / 16], sparsities: [0.5], ratios: [0.5] },
  ...{ frozenEpochs: 4, jointEpochs: 1, pruneEpochs: 2 },
}

/**
 * A recipe's decisions without training: a lab in which nothing learns, scores are the filters' numbers, and features are
 * 0…1. What it exported, how it fitted and what it kept, in order.
 */
export async function playRecipe(
  recipe: Recipe,
  points: readonly string[],
  codec = grid,
  network = smallVgg(0.25),
  change: {
    options?: Partial<RecipeOptions>
    accuracy?: (model: Model, key: string) => number
    coded?: (bytes: ByteForm) => number
    /** Of an int8 head: its time as a share of the float head's, and what it loses. */
    int8?: { time: number; loss: number }
  } = {},
) {
  const model = randomModel(network, 1)
  const exported: (ExportRequest & { model: Model })[] = []
  const fits: FitOptions[] = []
  const stages: string[] = []
  const stored = new Map<string, Staged>()
  const timed: string[] = []
  const scored: { criterion: string | undefined; until: string | undefined }[] = []
  const lab: Lab = {
    async stage(key, compute) {
      stages.push(key)
      const there = stored.get(key)
      if (there) return there
      const computed = await compute()
      const staged = { model: computed, validationAccuracy: change.accuracy?.(computed, key) ?? 0.7 }
      stored.set(key, staged)
      return staged
    },
    forget: async () => {},
    fineTune: async (one) => one,
    async fit(one, options) {
      fits.push(options)
      return one
    },
    insert: (one, point, parts) =>
      insertCodec(one, partitionPoints(one.network).find(({ name }) => name === point)!, parts, 1),
    features: async (one, layer, count) => {
      const { channels, height, width } = inferShapes(one.network).get(layer)!
      const size = count * channels * height * width
      return Float32Array.from({ length: size }, (_, i) => i / size)
    },
    async score(one, groups, _stream, criterion, until) {
      scored.push({ criterion, until })
      return new Map(
        groups.map((name) => [name, Float32Array.from({ length: filtersOf(one.network, name) }, (_, i) => i)]),
      )
    },
    async time({ network: pruned }, { point, head }) {
      timed.push(point)
      const share = head === 'int8' ? (change.int8?.time ?? 2) : 1
      // As long as it computes: 1 ms for a million MACs on the device, a tenth of that on the server.
      const at = partitionPoints(pruned).find(({ name }) => name === point)!
      return { device: taken((share * at.headMacs) / 1e6), server: taken(at.tailMacs / 1e7) }
    },
    async throughBytes(one, { bytes, head }) {
      if (head === 'int8') return (change.accuracy?.(one, '') ?? 0.7) - (change.int8?.loss ?? 0)
      return (bytes && change.coded?.(bytes)) ?? 0.7
    },
    async export(one, request) {
      exported.push({ ...request, model: one })
      return { id: `${exported.length}` } as never
    },
    random: (stream) => random(1, stream),
    progress: () => {},
    metric: () => {},
    log: () => {},
  }
  const base = {
    model,
    validationAccuracy: 0.8,
    points: partitionPoints(model.network).filter(({ name }) => points.includes(name)),
  }
  const yielded: Yielded[] = []
  const options: RecipeOptions = {
    ...{ maxLoss: 0.05, twoStep: profiles.quick.twoStep, codec: { ...codec, points: null }, auto: profiles.quick.auto },
    ...{ link: { name: '1mbps', rateMbps: 1, rttMs: null }, int8: false },
    ...change.options,
  }
  for await (const one of recipe(base, options, lab)) yielded.push(one)
  return { base, exported, fits, scored, stages, timed, yielded }
}

const taken = (ms: number) => ({
  median: ms,
  p95: ms,
  ci95: [ms, ms] as [number, number],
  n: 20,
  source: 'measured' as const,
})

/** The point of a candidate's network, with its codec. */
export const pointOf = ({ model, point }: ExportRequest & { model: Model }) =>
  partitionPoints(model.network).find(({ name }) => name === point)!
