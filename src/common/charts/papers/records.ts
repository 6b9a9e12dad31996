import type { Comparison } from '../../contract/result.ts'
import { CodedError } from '../../errors.ts'
import { formatCount, significant } from '../../units.ts'

/** Mean over seeds, with the range. */
export interface Spread {
  mean: number
  min: number
  max: number
  seeds: number
}

export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return { mean, min: Math.min(...values), max: Math.max(...values), seeds: values.length }
}

/** "vgg16 × 0.25 on cifar-10": what comparisons of several seeds have in common. */
export const networkOf = ({
  network,
  dataset,
}: {
  network: { name: string; width: number }
  dataset: { name: string }
}): string => `${network.name} × ${significant(network.width)} on ${dataset.name}`

/** Everything that must be equal for two comparisons to differ by their seed alone. */
const settingOf = ({ network, dataset, run, device, server, gamma, maxLoss, timing, ...made }: Comparison): string =>
  JSON.stringify([
    ...[network.name, network.width, network.pretrained ?? null, dataset.name, dataset.train, dataset.test],
    ...[run.profile, device.name, device.cpu, server.cpu, gamma, maxLoss, timing.threads],
    // What was compared: one that stayed empty was, too.
    [...new Set([...made.candidates, ...made.missing].map(({ framework }) => framework))].sort(),
  ])

/** Comparisons that differ by their seed alone, in the order of their first. */
export function seedGroups(comparisons: readonly Comparison[]): Comparison[][] {
  const groups = new Map<string, Comparison[]>()
  for (const comparison of comparisons) {
    const key = settingOf(comparison)
    groups.set(key, [...(groups.get(key) ?? []), comparison])
  }
  return [...groups.values()].map((group) => group.sort((a, b) => a.run.seed - b.run.seed))
}

/** The comparisons of a figure that shows one network. Throws `bad-data` where they differ by more than their seed. */
export function oneSetting(comparisons: readonly Comparison[]): Comparison[] {
  const groups = seedGroups(comparisons)
  if (groups.length === 1) return groups[0]!
  throw new CodedError(
    'bad-data',
    `This figure shows one network in one setting; these records differ by more than their seed (${groups.map(([first]) => `${networkOf(first!)}, ${first!.run.profile}`).join('; ')}).`,
    'Draw it once for each of them.',
  )
}

/** The same in words, as every figure has to say it. `gamma`: what is assumed instead of the record's own. */
export function describeSetting(group: readonly Comparison[], gamma: number | null = null): string {
  const [first] = group as [Comparison]
  const seeds = group.map(({ run }) => run.seed)
  const { dataset, run, maxLoss, device } = first
  const factor = gamma ?? first.gamma
  const machine = factor === null ? `${device.name}, ${device.cpu}` : `modelled device, γ ${factor}, of ${device.cpu}`
  return [
    `${networkOf(first)}, profile ${run.profile}, ${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}`,
    `${formatCount(dataset.train)} training and ${formatCount(dataset.test)} test images`,
    `loss ≤ ${significant(100 * maxLoss)} points on ${formatCount(dataset.validation)} validation images`,
    machine,
  ].join('; ')
}

/** Throws `bad-data`: the records hold nothing that the figure could show. */
export function nothingToShow(what: string, hint: string): never {
  throw new CodedError('bad-data', `The records hold ${what}.`, hint)
}
