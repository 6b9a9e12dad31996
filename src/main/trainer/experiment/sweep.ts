import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { SweepCell, SweepConfig, SweepResult } from '#common/contract/sweep.ts'
import { sweepSize } from '#common/contract/sweep.ts'
import { CodedError } from '#common/errors.ts'
import type { CriterionName } from '#common/experiment/criteria.ts'
import { chooseDepths } from '#common/experiment/depths.ts'
import { channelGroups } from '#common/network/channelGroups.ts'
import { totalCost } from '#common/network/cost.ts'
import { prunableLayers } from '#common/network/prunable.ts'
import type { Model } from '#common/network/weights.ts'
import type { Backend } from '../backend/index.ts'
import { weightsHash } from '../model/store.ts'
import { keepShare } from '../pruning/ranking.ts'
import { removeFilters } from '../pruning/surgery.ts'
import { stepsPerEpoch } from '../training/batches.ts'
import { evaluate } from '../training/evaluate.ts'
import { loadMatching } from './loadMatching.ts'
import { scoreGroups } from './scoring.ts'
import { Stages } from './stages.ts'
import { images } from './verbs.ts'
import type { Reporter, Workshop } from './workshop.ts'
import { fineTune } from './workshop.ts'

/**
 * Prunes one group of channels of a trained network at a time, by every criterion, at every ratio, for every seed, and
 * measures its accuracy before and after a short fine-tuning (SAFBMP, Li et al. 2023, Figure 2). Each cell is stored
 * when it is done, and the same call continues where a killed one stopped. `soFar` gets what there is after every depth.
 * `known`: the record of an equal sweep, whose cells are taken over.
 *
 * Scores are computed once per criterion and seed. Fine-tuning draws the same images for all criteria of a seed, so
 * criteria that keep the same channels give the same network: it is tuned and tested once.
 */
export async function runSweep(
  { folder, config, known }: { folder: string; config: SweepConfig; known?: SweepResult | undefined },
  backend: Backend,
  reporter: Reporter,
  soFar: (result: SweepResult) => void,
  signal: AbortSignal,
): Promise<SweepResult> {
  const dataset = await images(config.data, reporter, signal)
  const model = await loadMatching(config.model, dataset)
  const stages = new Stages(join(folder, 'stages'))
  await stages.tidy()
  const shop: Omit<Workshop, 'seed'> = { backend, dataset, training: config.training, signal, reporter }
  const depths = chooseDepths(prunableLayers(model.network), config.depths)
  const { criteria, ratios, seeds } = config
  const cells: SweepCell[] = []
  const result: SweepResult = {
    dataset: {
      ...{ name: dataset.name, hash: dataset.hash, classes: dataset.classes, size: dataset.size },
      ...{ train: dataset.train.count, validation: dataset.validation.count, test: dataset.test.count },
      notes: dataset.notes,
    },
    network: {
      ...{ name: model.network.name, width: model.network.width, ...totalCost(model.network) },
      ...{ pretrained: config.pretrained, weightsHash: weightsHash(model) },
    },
    baseline: await stages.once('baseline', async () => ({
      accuracy: (await evaluate(backend, model, dataset.test, { signal })).accuracy,
    })),
    depths: depths.map((name) => ({ name, channels: sizeOf(model, name) })),
    ...{ criteria, ratios, seeds },
    ...{
      steps: config.steps,
      batchSize: config.training.batchSize,
      rate: config.rate,
      scoreImages: config.scoreImages,
    },
    cells,
  }
  const total = sweepSize(result)
  const progress = (detail: string, reused: boolean): void =>
    reporter.progress({
      phase: 'sweep',
      title: 'Pruning by criteria',
      unit: 'cells',
      done: cells.length,
      total,
      detail,
      reused,
    })
  const earlier = new Map(known ? cellsOf(known, result) : [])
  const twins = new Twins()
  // Whole seeds, then whole ratios, then whole depths first: what is there of an unfinished sweep compares criteria.
  for (const seed of seeds) {
    const scores = new Map<CriterionName, Map<string, Float32Array>>()
    const scoresOf = async (criterion: CriterionName): Promise<Map<string, Float32Array>> => {
      const options = { criterion, images: config.scoreImages, stream: 'sweep', flopsRegulariser: 0 }
      const found = scores.get(criterion) ?? (await scoreGroups({ ...shop, seed }, model, depths, options))
      scores.set(criterion, found)
      return found
    }
    for (const ratio of ratios) {
      for (const depth of depths) {
        for (const criterion of criteria) {
          const which = { criterion, depth, ratio, seed }
          const key = keyOf(which)
          const stored = (await stages.record<SweepCell>(key)) ?? earlier.get(key)
          const cell =
            stored ?? (await cellOf({ ...shop, seed }, model, config, twins, which, await scoresOf(criterion)))
          if (!stored) await stages.storeRecord(key, cell)
          twins.add(cell)
          cells.push(cell)
          progress(`${criterion} · ${depth} · ${Math.round(100 * ratio)} % · seed ${seed}`, stored !== undefined)
        }
        soFar(result)
      }
    }
  }
  return result
}

const keyOf = ({ criterion, depth, ratio, seed }: Which): string => `cell/${criterion}/${depth}/${ratio}/${seed}`

/** The cells of another sweep by their keys. Throws `bad-data` where they would not be equal to this one's. */
function cellsOf(known: SweepResult, result: SweepResult): [string, SweepCell][] {
  const decisive = ({ network, dataset, steps, batchSize, rate, scoreImages }: SweepResult): string =>
    JSON.stringify([network.weightsHash, dataset.hash, steps, batchSize, rate, scoreImages])
  if (decisive(known) === decisive(result)) return known.cells.map((cell) => [keyOf(cell), cell])
  throw new CodedError(
    'bad-data',
    'The record that is to be continued is of other weights, images or settings.',
    'Give the options that it was made with, or leave --from out.',
  )
}

async function cellOf(
  shop: Workshop,
  model: Model,
  { steps, rate }: Pick<SweepConfig, 'steps' | 'rate'>,
  twins: Twins,
  cell: Which,
  scores: ReadonlyMap<string, Float32Array>,
): Promise<SweepCell> {
  const { backend, dataset, training, signal } = shop
  const kept = keepShare(new Map([[cell.depth, scores.get(cell.depth)!]]), 1 - cell.ratio)
  const channels = kept.get(cell.depth)!
  const hash = createHash('sha256').update(channels.join(',')).digest('hex').slice(0, 12)
  const pruned = removeFilters(model, kept)
  const asPruned = async (): Promise<number> => (await evaluate(backend, pruned, dataset.test, { signal })).accuracy
  const tuned = async (): Promise<number> => {
    const epochs = steps / stepsPerEpoch(dataset.train.count, training.batchSize)
    const stream = `sweep/${cell.depth}/${cell.ratio}`
    return (await evaluate(backend, await fineTune(shop, pruned, { epochs, rate, stream }), dataset.test, { signal }))
      .accuracy
  }
  const same = { ...cell, kept: hash }
  return {
    ...same,
    channels: channels.length,
    ...totalCost(pruned.network),
    before: twins.before(same) ?? (await asPruned()),
    after: twins.after(same) ?? (await tuned()),
  }
}

type Which = Pick<SweepCell, 'criterion' | 'depth' | 'ratio' | 'seed'>
type Chosen = Pick<SweepCell, 'depth' | 'ratio' | 'seed' | 'kept'>

/** Cells that keep the same channels: as pruned they are equal for all seeds, tuned for the same seed. */
class Twins {
  readonly #before = new Map<string, number>()
  readonly #after = new Map<string, number>()

  add(cell: SweepCell): void {
    this.#before.set(placeOf(cell), cell.before)
    this.#after.set(`${placeOf(cell)}/${cell.seed}`, cell.after)
  }
  before = (cell: Chosen): number | undefined => this.#before.get(placeOf(cell))
  after = (cell: Chosen): number | undefined => this.#after.get(`${placeOf(cell)}/${cell.seed}`)
}

const placeOf = ({ depth, ratio, kept }: Chosen): string => `${depth}/${ratio}/${kept}`

const sizeOf = ({ network }: Model, name: string): number =>
  channelGroups(network).groups.find((group) => group.name === name)!.size
