import type { AutoConfig } from '#common/contract/config.ts'
import { transmissionMs } from '#common/latency/transmission.ts'
import type { PartitionPoint } from '#common/network/partition.ts'
import { prunableLayers } from '#common/network/prunable.ts'
import { inferShapes } from '#common/network/shapes.ts'
import type { Model } from '#common/network/weights.ts'
import type { Arm, Trial } from '#common/search/search.ts'
import { search } from '#common/search/search.ts'
import { significant } from '#common/units.ts'
import { frameHeaderBytes } from '#common/wire/header.ts'
import type { ByteForm } from '../candidates/bytes.ts'
import type { Codec } from '../codecs/insert.ts'
import { codecCuts, codeWidths, fitCodec, fitTogether, shareName, withCodec } from '../codecs/recipe.ts'
import { groupsBefore } from '../pruning/masks.ts'
import { filtersOf, keepShare } from '../pruning/ranking.ts'
import { removeFilters } from '../pruning/surgery.ts'
import type { Base, ExportRequest, Lab, Recipe, RecipeOptions, Staged } from './lab.ts'

const framework = 'auto'

/** Criteria that race for a pruned network: the one that costs least accuracy before any fine-tuning is taken. */
const criteria = ['taylor', 'l1', 'feature-bias'] as const
/** Beyond the bound after the short training by more than this, a design is given up (`search`). */
const slack = [0.08, 0]
/** How codes become bytes; lossless, so both have the accuracy that was found, and their bytes and times decide. */
const coders: readonly ByteForm[] = [{ compressor: 'none' }, { compressor: 'range' }]

/** What is pruned: nothing, the layers before the cut, or all. Later ones are faster and cost more accuracy. */
const regions = ['none', 'head', 'all'] as const

export interface Design extends Arm {
  point: PartitionPoint
  region: (typeof regions)[number]
  /** Share of the filters that stay in every layer of the region. */
  keep: number
  /** What the device computes in. Both stand on one training: int8 comes after it. */
  head: AutoConfig['heads'][number]
  /** Channels of the code and what share of the point's they are; null at `output`, where the logits cross. */
  code: { width: number; share: number; bits: number } | null
}

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
 */
export const auto: Recipe = async function* (base, options, lab) {
  const { auto: recipe, maxLoss, link } = options
  const title = 'Searching a design of our own'
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
  for (const [index, { arm, rung }] of chosen.entries()) {
    lab.progress(framework, title, 'epochs', recipe.epochs, recipe.epochs, `finalist ${index + 1} of ${chosen.length}`)
    const staged = await trainTo(base, arm, rung, options, lab)
    // An int8 head has the same head in float32 beside it.
    for (const design of arm.head === 'int8' ? [arm, { ...arm, head: 'dense' as const }] : [arm]) {
      const validationAccuracy = await accuracyOf(staged, design, lab)
      const request: ExportRequest = { framework, step: stepOf(design), ...splitOf(design), validationAccuracy }
      for (const bytes of design.code ? coders : [undefined]) {
        yield { kind: 'candidate', candidate: await lab.export(staged.model, { ...request, ...(bytes && { bytes }) }) }
      }
    }
  }
  if (chosen.length === 0) yield { kind: 'missing', missing: nothingFits(base, result.nearest, link.name) }
  lab.progress(framework, title, 'epochs', recipe.epochs, recipe.epochs)
}

/** The fastest of every cut and pruning, the fastest first: what another link may want. */
export function finalists(feasible: readonly Trial<Design>[], most: number): Trial<Design>[] {
  const kinds = new Set<string>()
  const first = feasible.filter(({ arm }) => {
    const kind = `${arm.point.name} ${arm.region} ${arm.keep}`
    return !kinds.has(kind) && kinds.add(kind)
  })
  return first.slice(0, most)
}

/** Every cut with every pruning and head, each timed once with its widest code: what differs within crosses the link. */
async function structureTimes(base: Base, options: RecipeOptions, lab: Lab) {
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

/** Of every cut, pruning and head the design with the widest code of the most bits. */
export function structures(
  { points }: Pick<Base, 'points'>,
  { codec, auto: { keeps, heads } }: Pick<RecipeOptions, 'codec' | 'auto'>,
): Design[] {
  const prunings = keeps.flatMap((keep, index): Pick<Design, 'region' | 'keep' | 'knobs'>[] =>
    keep === 1
      ? [{ region: 'none', keep, knobs: [0, index] }]
      : (['head', 'all'] as const).map((region) => ({ region, keep, knobs: [regions.indexOf(region), index] })),
  )
  const cuts = codecCuts(points, codec).flatMap((point) => {
    const [widest] = codeWidths(point.shape.channels, codec)
    return prunings.map((one) => ({ ...one, point, code: { ...widest!, bits: codec.bits[0]! } }))
  })
  const output = points.find(({ name }) => name === 'output')
  const whole = output
    ? prunings.filter(({ region }) => region === 'all').map((one) => ({ ...one, point: output, code: null }))
    : []
  return [...cuts, ...whole].flatMap((one) =>
    heads.map((head) => ({
      ...{ ...one, head, knobs: [...one.knobs, Number(head === 'int8')] },
      ...{ id: `${structureId(one)}${head === 'int8' ? '/int8' : ''}`, family: one.point.name, estimateMs: 0 },
    })),
  )
}

const structureId = ({ point, region, keep }: Pick<Design, 'point' | 'region' | 'keep'>): string =>
  `${point.name}/${region}-${keep}`

/** The widths and bits of a structure. */
export const variants = (design: Design, { codec }: Pick<RecipeOptions, 'codec'>): Design[] =>
  design.code === null
    ? [{ ...design, knobs: [...design.knobs, 0, 0] }]
    : codeWidths(design.point.shape.channels, codec).flatMap(({ width, share }, narrow) =>
        codec.bits.map((bits, coarse) => ({
          ...design,
          id: `${design.id}/${width}-${bits}`,
          knobs: [...design.knobs, narrow, coarse],
          code: { width, share, bits },
        })),
      )

/** On the link, before an entropy coder: codes packed to their bits, logits as floats. In ms. */
function sentMs({ point: { shape }, code }: Design, { link }: Pick<RecipeOptions, 'link'>): number {
  const positions = shape.height * shape.width
  const bytes = code ? Math.ceil((code.width * positions * code.bits) / 8) : 4 * shape.channels * positions
  return transmissionMs(bytes + frameHeaderBytes, link)
}

const splitOf = ({ point, code, head }: Design) =>
  ({ point: point.name, form: code ? 'uint8' : 'float32', head }) as const satisfies Partial<ExportRequest>

/** On validation images; of an int8 head as its file computes it. */
const accuracyOf = async (staged: Staged, design: Design, lab: Lab): Promise<number> =>
  design.head === 'int8' ? lab.throughBytes(staged.model, splitOf(design)) : staged.validationAccuracy

/** The network of a design before it has learned anything: it takes as long as the trained one. */
function structure(base: Base, design: Design, lab: Lab): Model {
  const groups = groupsOf(base, design)
  const even = new Map(groups.map((name) => [name, new Float32Array(filtersOf(base.model.network, name))]))
  return coded(removeFilters(base.model, keepShare(even, design.keep)), design, lab)
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

/** 1×1 convolution, BN, tanh | uniform codes | 3×3 convolution, BN, ReLU. */
export const lightCodec = (channels: number, width: number, bits: number): Codec => ({
  encoder: [
    { op: 'conv', name: 'encoder.conv', filters: width, kernel: 1, stride: 1, bias: false },
    { op: 'batchnorm', name: 'encoder.bn' },
    { op: 'activation', name: 'encoder.tanh', kind: 'tanh' },
  ],
  wire: [{ op: 'quantise', name: 'wire.quantise', bits, low: -1, high: 1, pull: 0 }],
  decoder: [
    { op: 'conv', name: 'decoder.conv', filters: channels, kernel: 3, stride: 1, padding: 1, bias: false },
    { op: 'batchnorm', name: 'decoder.bn' },
    { op: 'relu', name: 'decoder.relu' },
  ],
})

const prunedKey = ({ region, keep, point }: Design): string =>
  `${framework}/pruned/${region === 'all' ? region : `${region}-${point.name}`}-${keep}`

/** The pruned network that a design stands on; designs of equal pruning share it. */
async function prune(base: Base, design: Design, { codec, twoStep }: RecipeOptions, lab: Lab): Promise<Staged> {
  if (design.region === 'none') return base
  const key = prunedKey(design)
  return lab.stage(key, async () => {
    const groups = groupsOf(base, design)
    let best: (Staged & { criterion: string }) | null = null
    for (const criterion of criteria) {
      const one = await lab.stage(`${key}/${criterion}`, async () => {
        const scores = await lab.score(base.model, groups, key, criterion)
        return removeFilters(base.model, keepShare(scores, design.keep))
      })
      if (!best || one.validationAccuracy > best.validationAccuracy) best = { ...one, criterion }
    }
    lab.log(`auto prunes ${key.slice(framework.length + 8)} by ${best!.criterion}.`)
    await lab.forget(`${key}/`)
    return lab.fineTune(best!.model, { epochs: codec.pruneEpochs, rate: twoStep.rate, stream: key })
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

/** Rung 0: the codec for half of its epochs on cached features; rung 1: the other half, then all weights together. */
async function trainTo(base: Base, design: Design, rung: number, options: RecipeOptions, lab: Lab): Promise<Staged> {
  const { codec, twoStep } = options
  const pruned = await prune(base, design, options, lab)
  const key = trainingKey(design)
  if (!design.code) {
    if (rung === 0) return pruned
    return lab.stage(`${key}/long`, () =>
      lab.fineTune(pruned.model, { epochs: codec.pruneEpochs, rate: twoStep.rate / 2, stream: key }),
    )
  }
  const half = (from: Model, rate: number, name: string): Promise<Staged> =>
    lab.stage(`${key}/${name}`, () =>
      fitCodec(lab, from, design.point, { epochs: codec.frozenEpochs / 2, rate, stream: `${key}/${name}` }),
    )
  const short = await half(coded(pruned.model, design, lab), codec.frozenRate, 'short')
  if (rung === 0) return short
  return fitTogether(lab, await half(short.model, codec.frozenRate / 2, 'long'), key, codec)
}

/** "C/16, 4-bit, 0.5 of all filters, int8 head". */
function stepOf({ code, region, keep, head }: Design): string {
  const pruning = region === 'none' ? 'unpruned' : `${keep} of ${region === 'all' ? 'all' : "the head's"} filters`
  const codes = code ? [shareName(code.share), `${code.bits}-bit`] : []
  return [...codes, pruning, ...(head === 'int8' ? ['int8 head'] : [])].join(', ')
}

const nameOf = (design: Design): string => `${design.point.name}, ${stepOf(design)}`

function nothingFits(base: Base, nearest: Trial<Design> | null, link: string) {
  const why = nearest
    ? `the nearest, ${nameOf(nearest.arm)}, loses ${significant(100 * nearest.loss)} points`
    : 'the budget allows no training'
  return {
    ...{ framework, step: null, partitionPoint: nearest?.arm.point.name ?? base.points[0]!.name },
    reason: `no design for ${link} stayed inside the accuracy bound: ${why}`,
  }
}
