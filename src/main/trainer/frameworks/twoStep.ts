import type { UntimedCandidate } from '#common/contract/result.ts'
import { channelGroups, groupAt } from '#common/network/channelGroups.ts'
import { totalCost } from '#common/network/cost.ts'
import type { Network } from '#common/network/graph.ts'
import { prunableLayers } from '#common/network/prunable.ts'
import { lowestQuality } from '../codecs/imageQuality.ts'
import { codecCuts } from '../codecs/recipe.ts'
import { filtersOf, keepBest } from '../pruning/ranking.ts'
import { removeFilters } from '../pruning/surgery.ts'
import type { Base, Lab, Recipe, RecipeOptions, Staged, Yielded } from './lab.ts'

const framework = 'two-step'

/**
 * Two-step pruning (Shi, Hou, Zhou, Niu, Zhang, Geng, INFOCOM Workshops 2019; frameworks.md §7). Step 1 prunes the
 * whole network iteratively by the Taylor criterion; step 2 starts from that model and, for every convolution apart,
 * prunes only the layer before the cut, so that what crosses the link shrinks. A pool uses the model of the
 * convolution before it. Features cross as 8-bit codes, at the codecs' cuts as PNG and JPEG too.
 *
 * Differences from the authors' code, on purpose (frameworks.md §7.3): accuracy is measured in evaluation mode on
 * validation images, the model inside the bound is kept rather than the one that broke it, and both bounds are against
 * the unpruned baseline: step 1 may use half of the allowed loss, step 2 the rest.
 */
export const twoStep: Recipe = async function* (base, options, lab) {
  const step1 = await pruneNetwork(base, options, lab)
  yield { kind: 'model', series: 'step 1', points: 'all', model: step1.model }
  if (isUnpruned(step1, base)) {
    for (const point of base.points) {
      yield missing('step1', point.name, 'no iteration of step 1 stayed inside the accuracy bound')
    }
  } else {
    for (const [index, point] of base.points.entries()) {
      lab.progress('two-step', 'Exporting the step-1 candidates', 'candidates', index, base.points.length, point.name)
      yield candidate(await exportAt(lab, step1, 'step1', point.name))
    }
    lab.progress('two-step', 'Exporting the step-1 candidates', 'candidates', base.points.length, base.points.length)
  }

  const coded = new Set(codecCuts(base.points, options.codec).map(({ name }) => name))
  for (const [convolution, points] of pointsByConvolution(base)) {
    const step2 = await lab.stage(`two-step/smallest/${convolution}`, async () => {
      const { model } = await shrinkLayer(base, step1, convolution, options, lab)
      return model
    })
    await lab.forget(`two-step/step2/${convolution}/`)
    if (isUnpruned(step2, base)) {
      for (const point of points)
        yield missing('step2', point, `${convolution} cannot lose a filter inside the accuracy bound`)
      continue
    }
    yield { kind: 'model', series: 'step 2', points, model: step2.model }
    for (const point of points) {
      yield candidate(await exportAt(lab, step2, 'step2', point))
      if (coded.has(point)) yield* codedAt(lab, base, step2, point, options.maxLoss)
    }
  }
}

const candidate = (value: UntimedCandidate) => ({ kind: 'candidate', candidate: value }) as const

const missing = (step: string, partitionPoint: string, reason: string) =>
  ({ kind: 'missing', missing: { framework, step, partitionPoint, reason } }) as const

const exportAt = (lab: Lab, { model, validationAccuracy }: Staged, step: string, point: string) =>
  lab.export(model, { framework, step, point, form: 'uint8', validationAccuracy })

/**
 * The coding of intermediate data (frameworks.md §7.5), where codecs of other frameworks are tried: the maps as tiles of a
 * grey PNG, and of a JPEG of the lowest quality that the bound allows, found on validation images.
 */
async function* codedAt(
  lab: Lab,
  base: Base,
  { model, validationAccuracy }: Staged,
  point: string,
  maxLoss: number,
): AsyncGenerator<Yielded, void> {
  const split = { point, form: 'uint8' } as const
  const whole = { framework, step: 'step2 PNG', ...split, bytes: { compressor: 'png' } as const, validationAccuracy }
  yield candidate(await lab.export(model, whole))
  const found = await lowestQuality(lab, { model, split, compressor: 'jpeg' }, base.validationAccuracy - maxLoss)
  if (!found) {
    yield missing('step2 JPEG', point, 'no quality of JPEG up to 95 stays inside the accuracy bound')
    return
  }
  const bytes = { compressor: 'jpeg', quality: found.quality } as const
  const request = { framework, step: `step2 JPEG ${found.quality}`, ...split, bytes }
  yield candidate(await lab.export(model, { ...request, validationAccuracy: found.validationAccuracy }))
}

/** A "pruned" model that has the baseline's filters is no candidate of this framework. */
const isUnpruned = ({ model }: Staged, base: Base): boolean =>
  prunableLayers(base.model.network).every(
    (name) => filtersOf(model.network, name) === filtersOf(base.model.network, name),
  )

/** Step 1: the whole network, a fixed number of filters per iteration, down to the last model inside half of the bound. */
async function pruneNetwork(base: Base, { maxLoss, twoStep: recipe }: RecipeOptions, lab: Lab): Promise<Staged> {
  const convolutions = prunableLayers(base.model.network)
  const total = convolutions.reduce((sum, name) => sum + filtersOf(base.model.network, name), 0)
  const remove = Math.ceil(total * recipe.step1Share)
  let inside: Staged = { model: base.model, validationAccuracy: base.validationAccuracy }
  for (let iteration = 1; iteration <= recipe.step1MaxIterations; iteration++) {
    lab.progress(
      'step1',
      'Step 1: pruning the whole network',
      'iterations',
      iteration - 1,
      recipe.step1MaxIterations,
      share(inside, base),
    )
    if (remaining(inside.model.network) - remove < convolutions.length) break
    const from = inside.model
    const next = await lab.stage(`two-step/step1/iteration-${iteration}`, async () => {
      const stream = `step1/${iteration}`
      const scores = await lab.score(from, convolutions, stream)
      const smaller = removeFilters(from, keepBest(scores, remove))
      return lab.fineTune(smaller, { epochs: recipe.step1Epochs, rate: recipe.rate, stream })
    })
    report(lab, 'step 1', iteration, next, base)
    if (base.validationAccuracy - next.validationAccuracy > maxLoss / 2) break
    inside = next
  }
  lab.progress(
    'step1',
    'Step 1: pruning the whole network',
    'iterations',
    recipe.step1MaxIterations,
    recipe.step1MaxIterations,
    share(inside, base),
  )
  lab.log(`Step 1 keeps ${remaining(inside.model.network)} of ${total} filters, ${share(inside, base)}.`)
  return inside
}

/**
 * Step 2 for one convolution: fewer and fewer filters of this layer only. A count that breaks the bound gets the
 * closing epochs as a second chance; the last model inside the bound is kept.
 */
async function shrinkLayer(
  base: Base,
  step1: Staged,
  convolution: string,
  { maxLoss, twoStep: recipe }: RecipeOptions,
  lab: Lab,
): Promise<Staged> {
  const phase = `step2/${convolution}`
  const title = `Step 2: pruning ${convolution}`
  const unpruned = filtersOf(base.model.network, convolution)
  const counts = recipe.step2Shares
    .map((one) => Math.max(1, Math.round(unpruned * one)))
    .filter((count, index, all) => count < filtersOf(step1.model.network, convolution) && all.indexOf(count) === index)
  const within = (one: Staged): boolean => base.validationAccuracy - one.validationAccuracy <= maxLoss
  const closing = (from: Staged, key: string): Promise<Staged> =>
    lab.stage(key, () => lab.fineTune(from.model, { epochs: recipe.closingEpochs, rate: recipe.rate / 2, stream: key }))

  let inside = step1
  for (const [index, count] of counts.entries()) {
    lab.progress(phase, title, 'filter counts', index, counts.length + 1, `${count} of ${unpruned} filters`)
    const key = `two-step/${phase}/${count}`
    const from = inside.model
    let next = await lab.stage(key, async () => {
      const scores = await lab.score(from, [convolution], key)
      const smaller = removeFilters(from, keepBest(scores, filtersOf(from.network, convolution) - count))
      return lab.fineTune(smaller, { epochs: recipe.step2Epochs, rate: recipe.rate, stream: key })
    })
    if (!within(next) && recipe.closingEpochs > 0) next = await closing(next, `${key}/closed`)
    report(lab, phase, count, next, base)
    if (!within(next)) break
    inside = next
  }
  if (recipe.closingEpochs > 0 && inside !== step1) {
    lab.progress(phase, title, 'filter counts', counts.length, counts.length + 1, 'closing epochs')
    const closed = await closing(inside, `two-step/${phase}/final`)
    if (closed.validationAccuracy >= inside.validationAccuracy) inside = closed
  }
  lab.progress(
    phase,
    title,
    'filter counts',
    counts.length + 1,
    counts.length + 1,
    `${filtersOf(inside.model.network, convolution)} of ${unpruned} filters`,
  )
  return inside
}

/** For every group of channels that crosses at a wanted internal point: the points that use its model. */
function pointsByConvolution(base: Base): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  const channels = channelGroups(base.model.network)
  for (const point of base.points) {
    if (point.name === 'input' || point.name === 'output') continue
    const before = groupAt(channels, point.layer)
    if (before) groups.set(before, [...(groups.get(before) ?? []), point.name])
  }
  return groups
}

const remaining = (network: Network): number =>
  prunableLayers(network).reduce((sum, name) => sum + filtersOf(network, name), 0)

const share = ({ model }: Staged, base: Base): string =>
  `${((100 * totalCost(model.network).macs) / totalCost(base.model.network).macs).toFixed(0)} % of the MACs`

function report(lab: Lab, stage: string, step: number, { model, validationAccuracy }: Staged, base: Base): void {
  lab.metric(stage, step, {
    validationAccuracy,
    loss: base.validationAccuracy - validationAccuracy,
    macShare: totalCost(model.network).macs / totalCost(base.model.network).macs,
    ...Object.fromEntries(
      prunableLayers(model.network).map((name) => [`filters/${name}`, filtersOf(model.network, name)]),
    ),
  })
}
