import type { CompareConfig } from '../contract/config.ts'
import { channelGroups, groupAt } from '../network/channelGroups.ts'
import { totalCost } from '../network/cost.ts'
import type { Network } from '../network/graph.ts'
import type { PartitionPoint } from '../network/partition.ts'
import { codecCandidates, codecFrameworks, seriesPoints, trainsCodecs } from './codecSeries.ts'

/** A resumable point of a comparison with the seconds that it is expected to take. */
export interface PlanItem {
  phase: string
  title: string
  seconds: number
}

/** How fast this machine is; learned from earlier runs, otherwise a guess that is called one. */
export interface Throughput {
  /** MACs of forward passes per second while training (forward and backward together). */
  trainMacsPerS: number
  evaluateMacsPerS: number
  source: 'earlier runs' | 'default'
}

export const defaultThroughput: Throughput = { trainMacsPerS: 2e10, evaluateMacsPerS: 8e10, source: 'default' }

/** Seconds beside the computation: sessions, files, checks of one candidate. */
const secondsPerCandidate = 0.25
/** Sessions, checks and warm-up beside the sampling of one file. */
const timingOverhead = 0.25

/** Of a whole training step, what a codec on cached features costs. */
const frozenShare = 0.4
/** A head that is changed without epochs of training: statistics of some thousand samples. */
const secondsUntrained = 10
/** Of a search's epochs most are of codecs alone, some of all weights; trials are timed and validated in between. */
const searchShare = 0.6
/** Sampling of one split within a search. */
const searchSeconds = 0.3
/** Passes over the validation images where a channel is random. */
const channelPasses = 5

/** One candidate on device, link and server; most of it is sampling, the rest is data links that are opened. */
const secondsTogether = ({ timing }: CompareConfig): number => Math.max(1, 2 * timing.seconds) + 2

/** The points of a comparison in the order in which they are run. Pruned networks are counted like the unpruned one. */
export function planComparison(
  config: CompareConfig,
  network: Network,
  points: readonly PartitionPoint[],
  throughput: Throughput,
): PlanItem[] {
  const { macs } = totalCost(network)
  const train = config.data.trainImages ?? 50_000
  const test = config.data.testImages ?? 10_000
  const validation = Math.max(1_000, Math.round(train / 10))
  const trained = (images: number): number => (images * macs) / throughput.trainMacsPerS
  const evaluated = (images: number): number => (images * macs) / throughput.evaluateMacsPerS
  const exported = (count: number): number => count * (secondsPerCandidate + evaluated(test))
  const recipe = config.twoStep
  const internal = points.filter((point) => point.name !== 'input' && point.name !== 'output')
  const plan: PlanItem[] = [
    { phase: 'data', title: 'Reading images', seconds: 2 },
    (config.network.pretrained ?? config.network.model)
      ? { phase: 'baseline', title: 'Testing the weights', seconds: evaluated(validation) + evaluated(test) }
      : {
          phase: 'baseline',
          title: 'Training the baseline',
          seconds: config.training.epochs * (trained(train) + evaluated(validation)),
        },
  ]
  const codecs = new Set(config.codec.points ?? internal.map(({ name }) => name))
  const cuts = internal.filter(({ name }) => codecs.has(name))
  let files = 0
  if (config.frameworks.includes('only-splitting')) {
    const forms = (name: string): number => (name === 'input' ? 1 : config.int8 ? 3 : 2)
    const candidates = points.reduce((sum, { name }) => sum + forms(name), 0)
    plan.push({ phase: 'only-splitting', title: 'Exporting the unpruned candidates', seconds: exported(candidates) })
    files += candidates
  }
  if (config.frameworks.includes('cloud-only') && points.some(({ name }) => name === 'input')) {
    // PNG; of JPEG and WebP nine qualities are tried on validation images at most, and up to five become candidates.
    const candidates = 1 + 2 * 5
    plan.push({
      phase: 'cloud-only',
      title: 'Coding images',
      seconds: exported(candidates) + 2 * 9 * evaluated(validation),
    })
    files += candidates
  }
  if (config.frameworks.includes('two-step')) {
    const step = (epochs: number): number =>
      trained(recipe.scoreImages) + trained(train) * epochs + evaluated(validation)
    plan.push({
      phase: 'step1',
      title: 'Step 1: pruning the whole network',
      seconds: recipe.step1MaxIterations * step(recipe.step1Epochs) * 0.7,
    })
    plan.push({ phase: 'two-step', title: 'Exporting the step-1 candidates', seconds: exported(points.length) })
    const channels = channelGroups(network)
    const byConvolution = new Map<string, number>()
    for (const point of internal) {
      const before = groupAt(channels, point.layer)
      if (before) byConvolution.set(before, (byConvolution.get(before) ?? 0) + 1)
    }
    for (const [convolution, candidates] of byConvolution) {
      plan.push({
        phase: `step2/${convolution}`,
        title: `Step 2: pruning ${convolution}`,
        seconds:
          0.6 * (recipe.step2Shares.length * step(recipe.step2Epochs) + step(recipe.closingEpochs)) +
          exported(candidates),
      })
    }
    // Where codecs are tried, PNG and JPEG too.
    files += points.length + internal.length + 2 * cuts.length
  }
  for (const name of codecFrameworks) {
    if (!config.frameworks.includes(name)) continue
    const taken = seriesPoints(name, config.codec)
    const candidates =
      cuts.filter((cut) => taken?.includes(cut.name) ?? true).length * codecCandidates(name, config.codec)
    const one = trainsCodecs(name)
      ? config.codec.frozenEpochs * trained(train) * frozenShare +
        config.codec.jointEpochs * trained(train) +
        (2 + channelPasses) * evaluated(validation)
      : secondsUntrained + evaluated(validation)
    plan.push({
      phase: name,
      title: trainsCodecs(name) ? `${name}: training codecs` : `${name}: fitting without epochs`,
      seconds: candidates * one + exported(candidates),
    })
    files += candidates
  }
  if (config.frameworks.includes('auto')) {
    const { keeps, epochs, finalists, heads } = config.auto
    // A cut unpruned, and with either region pruned by every other share; the whole network on the device, whose unpruned float
    // head is only-splitting's; with every head.
    const structures = (cuts.length * (2 * keeps.length - 1) + keeps.length) * heads.length - 1
    plan.push({
      phase: 'auto-times',
      title: 'Timing what a design may look like',
      seconds: structures * 2 * (Math.min(searchSeconds, config.timing.seconds) + timingOverhead),
    })
    // Packed codes and the range coder's; in float32 too where an int8 head was found.
    const candidates = 2 * finalists * heads.length + 1
    plan.push({
      phase: 'auto',
      title: 'Searching a design of our own',
      seconds: epochs * trained(train) * searchShare + exported(candidates),
    })
    files += candidates
  }
  plan.push({
    phase: 'time',
    title: 'Timing heads and tails',
    seconds: 2 * files * (config.timing.seconds + timingOverhead),
  })
  if (config.endToEnd) {
    const seconds = files * secondsTogether(config)
    plan.push({ phase: 'cooperate', title: 'Inferring together, as one', seconds })
  }
  plan.push({ phase: 'report', title: 'Writing the report', seconds: 3 })
  return plan
}
