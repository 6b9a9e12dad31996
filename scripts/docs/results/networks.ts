import { cloudOnly, innerSplitting, safbmpWhole, timesUnder } from '#common/charts/papers/entries.ts'
import { safbmpTable2 } from '#common/charts/papers/published.ts'
import { networkOf, spreadOf } from '#common/charts/papers/records.ts'
import { gammaPossible } from '#common/latency/assumptions.ts'
import { table } from './markdown.ts'
import type { Of } from './records.ts'

/** SAFBMP's networks; the last two gain an order less (frameworks.md §11.9). */
const networks = ['vgg16', 'resnet18', 'mobilenetv1', 'mobilenetv2']
const piGamma = 10

const share = (value: number | null): string => (value === null ? '–' : `${(100 * value).toFixed(1)} %`)

/** What needs several networks: SAFBMP's gain over only-splitting inside the network, at 1 Mbit/s. */
export function networksSection(groups: readonly (readonly Of<'comparison'>[])[]): string[] {
  const rows = networks.flatMap((network) => {
    const own = groups.filter((group) => group[0]!.record.network.name === network)
    const printed = safbmpTable2[network] ?? []
    const ms = (framework: string): number => printed.find((row) => row.framework === framework)!.ms
    const published = 1 - ms('safbmp') / ms('only-splitting')
    const found = own.flatMap((group) => {
      const reductions = group.flatMap(({ record }) => reductionsOf(record))
      const mean = (key: 'gain' | 'cloud'): number | null =>
        spreadOf(reductions.flatMap((one) => one[key] ?? []))?.mean ?? null
      return mean('gain') === null
        ? []
        : [
            {
              name: `${networkOf(group[0]!.record)}, ${group[0]!.record.run.profile}`,
              seeds: group.length,
              gain: mean('gain'),
              cloud: mean('cloud'),
            },
          ]
    })
    const none = { name: network, seeds: 0, gain: null, cloud: null }
    return (found.length > 0 ? found : [none]).map(({ name, seeds, gain, cloud }) => [
      ...[name, String(seeds), share(gain), share(cloud), `${share(published)} [S]`],
    ])
  })
  return [
    '## SAFBMP over networks (§11.9)',
    'How much less time its fastest candidate inside the bound takes than only-splitting inside the network, and than sending the image, at 1 Mbit/s; devices that were timed here are modelled ten times slower (γ 10). Published: gains on MobileNets are an order smaller. "–": not run, or nothing inside the bound.',
    table(['network', 'seeds', 'less than only-splitting', 'less than cloud-only', 'published'], rows),
  ]
}

function reductionsOf(comparison: Of<'comparison'>['record']): { gain: number | null; cloud: number | null }[] {
  const gamma = comparison.gamma === null && gammaPossible(comparison) ? piGamma : null
  const fastest = timesUnder(comparison, gamma)(1)
  const [own, splitting, image] = [safbmpWhole, innerSplitting, cloudOnly].map((entry) => fastest(entry)?.ms)
  if (own === undefined) return []
  const less = (other: number | undefined): number | null => (other === undefined ? null : 1 - own / other)
  return [{ gain: less(splitting), cloud: less(image) }]
}
