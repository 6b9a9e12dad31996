import type { Comparison } from '../../contract/result.ts'
import { paretoFront } from '../../selection/pareto.ts'
import { formatBytes, formatMacs, significant } from '../../units.ts'
import { valueAxis } from '../axes.ts'
import type { ChartTheme } from '../theme.ts'
import type { Cell, Drawing } from './drawing.ts'
import { logScale, sheet } from './drawing.ts'
import type { Entry } from './entries.ts'
import { cloudOnly, entriesOf, entryStyle, innerSplitting } from './entries.ts'
import { describeSetting, nothingToShow, oneSetting } from './records.ts'

/** Of a framework, in all seeds: candidates inside the bound that no other of it beats in MACs and bytes at once. */
function frontOf(comparisons: readonly Comparison[], { includes }: Entry) {
  const inside = comparisons.flatMap(({ candidates, baseline, maxLoss, run }) =>
    candidates.flatMap((candidate) =>
      includes(candidate) && baseline.validationAccuracy - candidate.validationAccuracy <= maxLoss
        ? [{ candidate, seed: run.seed }]
        : [],
    ),
  )
  const macs = ({ candidate }: (typeof inside)[number]): number => candidate.headMacs
  const bytes = ({ candidate }: (typeof inside)[number]): number => candidate.payloadBytes
  return paretoFront(inside, [
    { value: macs, better: 'low' },
    { value: bytes, better: 'low' },
  ])
    .sort((a, b) => macs(a) - macs(b))
    .filter((one, index, all) => {
      const before = all[index - 1]
      // The same size in another seed is the same spot.
      return !before || macs(one) !== macs(before) || bytes(one) !== bytes(before)
    })
}

const width = 980
const height = 640

/**
 * SAFBMP (Li et al. 2023), Figure 8: what is sent over what the device computes, per framework, at a loss inside the bound.
 * Sending the image is drawn as a line: it computes nothing on the device.
 */
export function safbmp2023Figure8(records: readonly Comparison[]): Drawing {
  const comparisons = oneSetting(records)
  const entries = entriesOf(comparisons).filter(
    ({ name, framework }) =>
      name !== cloudOnly.name && (framework !== 'only-splitting' || name === innerSplitting.name),
  )
  const fronts = entries.map((entry) => ({ name: entry.name, front: frontOf(comparisons, entry) }))
  if (fronts.every(({ front }) => front.length === 0)) {
    nothingToShow('no candidate inside the bound', 'Compare several frameworks, e.g. with --frameworks all.')
  }
  const image = frontOf(comparisons, cloudOnly).at(0)?.candidate
  const empty = fronts.filter(({ front }) => front.length === 0).map(({ name }) => name)
  const imageName = image ? `cloud-only (${image.codec})` : null
  return {
    ...{ width, height, columns },
    rows: [
      ...(image ? [['cloud-only', 'input', image.step, image.codec, 0, image.payloadBytes, image.accuracy, null]] : []),
      ...fronts.flatMap(({ name, front }) =>
        front.map(({ candidate, seed }): Cell[] => [
          ...[name, candidate.partitionPoint, candidate.step, candidate.codec],
          ...[candidate.headMacs, candidate.payloadBytes, candidate.accuracy, seed],
        ]),
      ),
      ...empty.map((name): Cell[] => [name, ...Array<null>(7).fill(null)]),
    ],
    option(theme: ChartTheme) {
      const names = [...fronts.map(({ name }) => name), ...(imageName ? [imageName] : [])]
      const { base, boxes } = sheet(theme, {
        ...{ title: 'Communication over computation on the device', names, width, height },
        caption: [
          `${describeSetting(comparisons)}. Per framework the candidates that no other of it beats in both; ~ symbols count as the bytes that their channel carries.`,
          ...(empty.length > 0 ? [`Nothing inside the bound: ${empty.join(', ')}.`] : []),
          'Published: curves without numbers; nothing hollow can be drawn.',
        ],
      })
      const all = fronts.flatMap(({ front }) => front.map(({ candidate }) => candidate))
      const macs = all.map(({ headMacs }) => headMacs).filter((value) => value > 0)
      const x = logScale(macs, theme, formatMacs)
      const sent = [...all, ...(image ? [image] : [])].map(({ payloadBytes }) => payloadBytes)
      return {
        ...base,
        grid: boxes,
        xAxis: { ...valueAxis(theme, 'MACs on the device (log scale)', formatMacs, 'below'), ...x },
        yAxis: {
          ...valueAxis(theme, 'payload per image, B (log scale)', (value) => significant(value)),
          ...logScale(sent, theme, formatBytes),
        },
        series: [
          ...fronts.map(({ name, front }) => {
            const { colour, dash, marker } = entryStyle(theme, name)
            return {
              ...{ name, type: 'line' as const, ...marker, symbolSize: 9, showAllSymbol: true },
              data: front.map(({ candidate }) => [candidate.headMacs, candidate.payloadBytes]),
              lineStyle: { color: colour, type: dash, width: 1.5 },
            }
          }),
          ...(image && imageName
            ? [
                {
                  ...{ name: imageName, type: 'line' as const, symbol: 'none', itemStyle: { color: theme.ink } },
                  data: ['min' in x ? x.min : 1, 'max' in x ? x.max : 1].map((at) => [at, image.payloadBytes]),
                  lineStyle: { color: theme.ink, type: 'dashed' as const, width: 1.5 },
                },
              ]
            : []),
        ],
      }
    },
  }
}

const columns: readonly string[] = [
  'framework',
  'partition_point',
  'step',
  'codec',
  'device_macs',
  'payload_bytes',
  'accuracy_fraction',
  'seed',
]
