import type { Candidate, Comparison } from '../../contract/result.ts'
import { CodedError } from '../../errors.ts'
import { safbmpVariant } from '../../experiment/steps.ts'
import { gammaPossible } from '../../latency/assumptions.ts'
import type { Placing } from '../../selection/placed.ts'
import { place, placing } from '../../selection/placed.ts'
import type { ChartTheme } from '../theme.ts'
import { slotColour, slotDash, slotMarker } from '../theme.ts'

/** A contender of a figure: a framework, or one reading of it. */
export interface Entry {
  name: string
  framework: string
  includes(candidate: Candidate): boolean
}

/** Heads in int8 are no part of the papers' baselines. */
const plainSplitting = ({ framework, step }: Candidate): boolean => framework === 'only-splitting' && step === null
const isEnd = ({ partitionPoint }: Candidate): boolean => partitionPoint === 'input' || partitionPoint === 'output'

export const cloudOnly: Entry = {
  name: 'cloud-only',
  framework: 'cloud-only',
  // Where image coders were not compared, it is the image as it is.
  includes: ({ framework, partitionPoint }) =>
    framework === 'cloud-only' || (framework === 'only-splitting' && partitionPoint === 'input'),
}
/** As SAFBMP's paper has it: a cut inside the network. */
export const innerSplitting: Entry = {
  name: 'only-splitting, inside the network',
  framework: 'only-splitting',
  includes: (candidate) => plainSplitting(candidate) && !isEnd(candidate),
}
/** Neurosurgeon: sending the image and computing all of it on the device are cuts too (frameworks.md §4.4). */
const anySplitting: Entry = {
  name: 'only-splitting, ends too',
  framework: 'only-splitting',
  includes: plainSplitting,
}
export const safbmpWhole: Entry = {
  name: 'safbmp',
  framework: 'safbmp',
  includes: ({ framework, step }) => framework === 'safbmp' && safbmpVariant(step) === 'whole',
}

/** Whatever the comparisons hold, in the order of their candidates, sending the image first. */
export function entriesOf(comparisons: readonly Comparison[]): Entry[] {
  const frameworks = new Set(comparisons.flatMap(({ candidates }) => candidates.map(({ framework }) => framework)))
  const others = [...frameworks].filter((name) => !['cloud-only', 'only-splitting', 'safbmp'].includes(name))
  return [
    ...(frameworks.has('cloud-only') || frameworks.has('only-splitting') ? [cloudOnly] : []),
    ...(frameworks.has('only-splitting') ? [innerSplitting, anySplitting] : []),
    ...others.map((name): Entry => ({ name, framework: name, includes: ({ framework }) => framework === name })),
    ...(frameworks.has('safbmp') ? [safbmpWhole] : []),
  ]
}

/** A framework looks the same in every figure. Two more than there are slots: their marks differ. */
const slots: Record<string, number> = {
  'only-splitting, inside the network': 0,
  'only-splitting, ends too': 1,
  'two-step': 2,
  safbmp: 3,
  ccto: 4,
  'bottlenet-pp': 5,
  bottlenet: 6,
  'cloud-only': 7,
}
const extra: Record<string, { slot: number; symbol: string }> = {
  jscc: { slot: 1, symbol: 'rect' },
  'q-cnn': { slot: 6, symbol: 'triangle' },
}

export function entryStyle(theme: ChartTheme, name: string) {
  const more = extra[name]
  if (more) {
    const colour = slotColour(theme, more.slot)
    return { colour, dash: slotDash(5), marker: { symbol: more.symbol, itemStyle: { color: colour, opacity: 1 } } }
  }
  const slot = slots[name]
  // Our own entry, and frameworks of later days.
  if (slot === undefined) {
    return {
      colour: theme.ink,
      dash: 'solid' as const,
      marker: { symbol: 'roundRect', itemStyle: { color: theme.ink, opacity: 1 } },
    }
  }
  return { colour: slotColour(theme, slot), dash: slotDash(slot), marker: slotMarker(theme, slot) }
}

/** The fastest candidate of an entry inside the bound: composed end to end, ms with its 95 % interval. */
export interface Fastest {
  candidate: Candidate
  ms: number
  ci95: readonly [number, number]
}

/** A comparison made ready for many questions of one γ. Throws `bad-usage` where its device times cannot be modelled. */
export function timesUnder(comparison: Comparison, gamma: number | null) {
  if (gamma !== null && !gammaPossible(comparison)) {
    throw new CodedError(
      'bad-usage',
      `γ models a device from the server's own times; ${comparison.run.id} was timed on ${comparison.device.name}.`,
      'Leave --gamma out.',
    )
  }
  const base: Placing = placing(comparison, true)
  const bound = comparison.maxLoss
  return (rateMbps: number): ((entry: Entry, at?: string) => Fastest | null) => {
    const assumptions = { link: { rateMbps, rttMs: null }, gamma: gamma ?? comparison.gamma, serverLoad: 1 }
    const all = place(base, assumptions).flatMap(({ candidate, values: { latency, loss }, endToEnd }) =>
      latency !== null && loss !== null && loss <= bound
        ? [{ candidate, ms: latency, ci95: endToEnd?.ci95 ?? ([latency, latency] as const) }]
        : [],
    )
    return (entry, at) =>
      all
        .filter(({ candidate }) => entry.includes(candidate) && (at === undefined || candidate.partitionPoint === at))
        .reduce<Fastest | null>((best, one) => (best && best.ms <= one.ms ? best : one), null)
  }
}
