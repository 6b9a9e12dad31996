import { transmissionMs } from '#common/latency/transmission.ts'
import { prunableLayers } from '#common/network/prunable.ts'
import { inferShapes } from '#common/network/shapes.ts'
import type { Model } from '#common/network/weights.ts'
import type { Trial } from '#common/search/search.ts'
import { search } from '#common/search/search.ts'
import { significant } from '#common/units.ts'
import { frameHeaderBytes } from '#common/wire/header.ts'
import type { ByteForm } from '../candidates/bytes.ts'
import { fitCodec, fitNewCodec, fitTogether, withCodec } from '../codecs/recipe.ts'
import { groupsBefore } from '../pruning/masks.ts'
import { keepBest, keepCounts } from '../pruning/ranking.ts'
import type { Kept } from '../pruning/surgery.ts'
import { removeFilters } from '../pruning/surgery.ts'
import type { Design } from './auto/designs.ts'
import {
  isBaseline,
  isUntrained,
  lightCodec,
  nameOf,
  splitOf,
  stepOf,
  structureId,
  structures,
  variants,
} from './auto/designs.ts'
import type { Base, ExportRequest, Lab, Recipe, RecipeOptions, Staged } from './lab.ts'

const framework = 'auto'

/** The unpruned network with the importance of its filters. */
interface Ranked extends Base {
  ranks: ReadonlyMap<string, Float32Array>
}

/** Criteria that race for a pruned network: the one that costs least accuracy before any fine-tuning is taken. */
const criteria = ['taylor', 'l1', 'feature-bias'] as const
/** Beyond the bound after the short training by more than this, a design is given up (`search`). */
const slack = [0.08, 0]
/** Channels of a pruned layer are a multiple of this, which kernels compute faster (frameworks.md §6). */
const roundTo = 8
/** How codes become bytes; lossless, so both have the accuracy that was found, and their bytes and times decide. */
const coders: readonly ByteForm[] = [{ compressor: 'none' }, { compressor: 'range' }]

/**
 * Our own entry: the fastest composition of the frameworks' parts whose loss stays inside the bound. Cut, pruned region and
 * rate, criterion, width and bits of the code, and whether the head computes in float32 or int8, are searched
 * (`common/search`) against times of the real files on device and server, over the comparison's link; then every finalist is
 * coded in several ways. All cuts, widths and bits are those that the published frameworks get, and all training counts,
 * that of designs which came to nothing too.
 *
 * The codec is as light as it gets on the device: a 1×1 convolution, normalisation (fused into it) and tanh before uniform
 * codes; a 3×3 convolution, normalisation and ReLU behind them. It learns on cached features for half of a framework's
 * epochs first, and only near the bound for the rest and for the epochs of all weights together.
 *
 * What the search leaves of the budget goes to the finalists in equal shares: time is won already, accuracy is not.
 *
 * Filters are ranked over all layers of the region, and every layer keeps a multiple of 8, so that early layers, which are
 * narrow and matter most, stay whole while late ones go. All trainings have the unpruned network as a teacher
 * (training/distil.ts): on few images its logits tell more than labels do. Its forward runs are no training and not counted;
 * they take a third of a step's time.
 */
export const auto: Recipe = async function* (unpruned, options, lab) {
  const { auto: recipe, maxLoss, link } = options
  const title = 'Searching a design of our own'
  const ranks = await lab.score(unpruned.model, prunableLayers(unpruned.model.network), `${framework}/widths`)
  const base: Ranked = { ...unpruned, ranks }
  const timed = await structureTimes(base, options, lab)
  const designs = timed.flatMap(({ design, fixedMs }) =>
    variants(design, options).map((one) => ({ ...one, estimateMs: fixedMs + sentMs(one, options) })),
  )
  if (designs.length === 0) return
  let trained = 0
  const pruned = new Set<string>()
  const rungs = new Map<string, number>()
  /** Nothing where the design's other head has been trained so far. */
  const cost = (design: Design, rung: number): number =>
    (rungs.get(trainingKey(design)) ?? -1) >= rung ? 0 : costOf(design, rung, options, pruned.has(prunedKey(design)))
  const result = await search(
    designs,
    {
      async measure(design) {
        const { device, server } = await lab.time(structure(base, design, lab), splitOf(design))
        return device.median + server.median + sentMs(design, options)
      },
      cost,
      async train(design, rung) {
        lab.progress(framework, title, 'epochs', trained, recipe.epochs, nameOf(design))
        trained += cost(design, rung)
        pruned.add(prunedKey(design))
        rungs.set(trainingKey(design), Math.max(rung, rungs.get(trainingKey(design)) ?? 0))
        const staged = await trainTo(base, design, rung, options, lab)
        return base.validationAccuracy - (await accuracyOf(staged, design, lab))
      },
    },
    { bound: maxLoss, budget: recipe.epochs, slack },
  )
  lab.log(
    `auto tried ${result.trials.length} of ${designs.length} designs in ${significant(result.spent)} of ${recipe.epochs} epochs; ${result.feasible.length} stay inside the bound${result.exhausted ? '; the budget ended the search' : ''}.`,
  )
  for (const [index, trial] of result.trials.entries()) {
    lab.metric(framework, index, { loss: trial.loss, latencyMs: trial.latencyMs, rung: trial.rung })
  }
  const chosen = finalists(result.feasible, recipe.finalists)
  let left = recipe.epochs - result.spent
  for (const [index, { arm, rung }] of chosen.entries()) {
    const detail = `finalist ${index + 1} of ${chosen.length}`
    lab.progress(framework, title, 'epochs', recipe.epochs - left, recipe.epochs, detail)
    let staged = await trainTo(base, arm, rung, options, lab)
    const learning = chosen.slice(index).filter((one) => !isUntrained(one.arm)).length
    const price = priceOfMore(arm, rung, left / Math.max(1, learning), options)
    if (price > 0 && price <= left) {
      left -= price
      const longer = arm.code
        ? await trainTo(base, arm, 1, options, lab)
        : await trainFurther(base, arm, staged, price, options, lab)
      if (longer.validationAccuracy > staged.validationAccuracy) staged = longer
    }
    // An int8 head has the same head in float32 beside it.
    const twins: Design[] = arm.head === 'int8' ? [arm, { ...arm, head: 'dense' }] : [arm]
    for (const design of twins.filter((one) => !isBaseline(one))) {
      const validationAccuracy = await accuracyOf(staged, design, lab)
      const request: ExportRequest = {
        ...{ framework, step: stepOf(design), ...splitOf(design), validationAccuracy },
        ...(isUntrained(design) && { untouched: true }),
      }
      for (const bytes of design.code ? coders : [undefined]) {
        yield { kind: 'candidate', candidate: await lab.export(staged.model, { ...request, ...(bytes && { bytes }) }) }
      }
    }
  }
  const further = recipe.epochs - result.spent - left
  if (further > 0) lab.log(`auto trained its finalists for ${significant(further)} epochs more.`)
  if (chosen.length === 0) yield { kind: 'missing', missing: nothingFits(base, result.nearest, link.name) }
  lab.progress(framework, title, 'epochs', recipe.epochs, recipe.epochs)
}

/** Epochs that a finalist takes of what is left: of its `share` whole ones; with a codec the rung that it has not had. */
function priceOfMore(design: Design, rung: number, share: number, options: RecipeOptions): number {
  if (isUntrained(design)) return 0
  if (!design.code) return Math.floor(share)
  return rung === 0 ? costOf(design, 1, options, true) : 0
}

/**
 * The fastest of every cut and pruning, the fastest first: what another link may want. Beyond the `most` of them what has
 * the unpruned network's weights: it costs no training, and is the one to take where no accuracy may be lost.
 */
export function finalists(feasible: readonly Trial<Design>[], most: number): Trial<Design>[] {
  const kinds = new Set<string>()
  const first = feasible.filter(({ arm }) => {
    const kind = `${arm.point.name} ${arm.region} ${arm.keep}`
    return !kinds.has(kind) && kinds.add(kind)
  })
  return [...first.slice(0, most), ...first.slice(most).filter(({ arm }) => isUntrained(arm))]
}

/** Every cut with every pruning and head, each timed once with its widest code: what differs within crosses the link. */
async function structureTimes(base: Ranked, options: RecipeOptions, lab: Lab) {
  const designs = structures(base, options)
  const found: { design: Design; fixedMs: number }[] = []
  for (const [index, design] of designs.entries()) {
    const title = 'Timing what a design may look like'
    lab.progress(`${framework}-times`, title, 'splits', index, designs.length, nameOf(design))
    const { device, server } = await lab.time(structure(base, design, lab), splitOf(design))
    found.push({ design, fixedMs: device.median + server.median })
  }
  lab.progress(`${framework}-times`, 'Timing what a design may look like', 'splits', designs.length, designs.length)
  const twins = found.filter(({ design }) => design.head === 'int8')
  const faster = twins.filter(({ design, fixedMs }) => {
    const float = found.find((one) => one.design.head === 'dense' && structureId(one.design) === structureId(design))
    return float !== undefined && fixedMs < float.fixedMs
  })
  if (twins.length > 0) lab.log(`auto: int8 heads are faster in ${faster.length} of ${twins.length} splits.`)
  return found
}

/** On the link, before an entropy coder: codes packed to their bits, logits one byte each. In ms. */
function sentMs({ point: { shape }, code }: Design, { link }: Pick<RecipeOptions, 'link'>): number {
  const positions = shape.height * shape.width
  const bytes = code ? Math.ceil((code.width * positions * code.bits) / 8) : shape.channels * positions
  return transmissionMs(bytes + frameHeaderBytes, link)
}

/** On validation images; of an int8 head as its file computes it. */
const accuracyOf = async (staged: Staged, design: Design, lab: Lab): Promise<number> =>
  design.head === 'int8' ? lab.throughBytes(staged.model, splitOf(design)) : staged.validationAccuracy

/** The network of a design before it has learned anything: it takes as long as the trained one. */
function structure(base: Ranked, design: Design, lab: Lab): Model {
  return coded(removeFilters(base.model, keptBy(base.ranks, base, design)), design, lab)
}

/** So many filters of every layer as the ranks leave, and of those the best by `scores`. */
function keptBy(scores: ReadonlyMap<string, Float32Array>, base: Ranked, design: Design): Kept {
  const groups = groupsOf(base, design)
  const of = (all: ReadonlyMap<string, Float32Array>) => new Map(groups.map((name) => [name, all.get(name)!]))
  const total = [...of(base.ranks).values()].reduce((sum, { length }) => sum + length, 0)
  const widths = keepBest(of(base.ranks), Math.round(total * (1 - design.keep)), roundTo)
  return keepCounts(of(scores), (name) => widths.get(name)!.length)
}

function groupsOf({ model: { network } }: Base, { region, point }: Design): string[] {
  if (region === 'none') return []
  return region === 'all' ? prunableLayers(network) : groupsBefore(network, point.layer)
}

function coded(model: Model, { point, code }: Design, lab: Lab): Model {
  if (!code) return model
  const { channels } = inferShapes(model.network).get(point.layer)!
  return withCodec(lab, model, point.name, lightCodec(channels, code.width, code.bits), `${framework}/${point.name}`)
}

const prunedKey = ({ region, keep, point }: Design): string =>
  `${framework}/pruned/${region === 'all' ? region : `${region}-${point.name}`}-${keep}`

/** The pruned network that a design stands on; designs of equal pruning share it. */
async function prune(base: Ranked, design: Design, { codec, twoStep }: RecipeOptions, lab: Lab): Promise<Staged> {
  if (design.region === 'none') return base
  const key = prunedKey(design)
  return lab.stage(key, async () => {
    const groups = groupsOf(base, design)
    let best: (Staged & { criterion: string }) | null = null
    for (const criterion of criteria) {
      const one = await lab.stage(`${key}/${criterion}`, async () => {
        const scores = await lab.score(base.model, groups, key, criterion)
        return removeFilters(base.model, keptBy(scores, base, design))
      })
      if (!best || one.validationAccuracy > best.validationAccuracy) best = { ...one, criterion }
    }
    lab.log(`auto prunes ${key.slice(framework.length + 8)} by ${best!.criterion}.`)
    await lab.forget(`${key}/`)
    return lab.fineTune(best!.model, {
      ...{ epochs: codec.pruneEpochs, rate: twoStep.rate, stream: key, teacher: base.model },
    })
  })
}

/** What both heads of a design stand on. */
const trainingKey = ({ code, ...design }: Design): string =>
  `${framework}/${structureId(design)}${code ? `/${code.width}-${code.bits}` : ''}`

/** In epochs, from the rung before. */
function costOf(design: Design, rung: number, { codec }: RecipeOptions, isPruned: boolean): number {
  const pruning = rung === 0 && design.region !== 'none' && !isPruned ? codec.pruneEpochs : 0
  if (!design.code) return rung === 0 ? pruning : codec.pruneEpochs
  return pruning + codec.frozenEpochs / 2 + (rung === 0 ? 0 : codec.jointEpochs)
}

/** More of what a pruned network without a codec has had. */
const trainFurther = (
  base: Ranked,
  design: Design,
  from: Staged,
  epochs: number,
  { twoStep }: RecipeOptions,
  lab: Lab,
) =>
  lab.stage(`${trainingKey(design)}/further`, () =>
    lab.fineTune(from.model, {
      ...{ epochs, rate: twoStep.rate, stream: `${trainingKey(design)}/further`, teacher: base.model },
    }),
  )

/** Rung 0: the codec for half of its epochs on cached features; rung 1: the other half, then all weights together. */
async function trainTo(base: Ranked, design: Design, rung: number, options: RecipeOptions, lab: Lab): Promise<Staged> {
  const { codec, twoStep } = options
  const { model: teacher } = base
  const pruned = await prune(base, design, options, lab)
  const key = trainingKey(design)
  if (!design.code) {
    if (rung === 0) return pruned
    return lab.stage(`${key}/long`, () =>
      lab.fineTune(pruned.model, { epochs: codec.pruneEpochs, rate: twoStep.rate / 2, stream: key, teacher }),
    )
  }
  const half = (train: typeof fitCodec, from: Model, rate: number, name: string): Promise<Staged> =>
    lab.stage(`${key}/${name}`, () =>
      train(lab, from, design.point, {
        ...{ epochs: codec.frozenEpochs / 2, rate, stream: `${key}/${name}`, teacher },
      }),
    )
  const short = await half(fitNewCodec, coded(pruned.model, design, lab), codec.frozenRate, 'short')
  if (rung === 0) return short
  return fitTogether(lab, await half(fitCodec, short.model, codec.frozenRate / 2, 'long'), key, codec, teacher)
}

function nothingFits(base: Base, nearest: Trial<Design> | null, link: string) {
  const why = nearest
    ? `the nearest, ${nameOf(nearest.arm)}, loses ${significant(100 * nearest.loss)} points`
    : 'the budget allows no training'
  return {
    ...{ framework, step: null, partitionPoint: nearest?.arm.point.name ?? base.points[0]!.name },
    reason: `no design for ${link} stayed inside the accuracy bound: ${why}`,
  }
}
