import type { Comparison } from '../../contract/result.ts'
import { significant } from '../../units.ts'
import { valueAxis } from '../axes.ts'
import type { ChartTheme } from '../theme.ts'
import type { Cell, Drawing, FigureSettings } from './drawing.ts'
import { hollow, sheet, spans } from './drawing.ts'
import type { Entry, Fastest } from './entries.ts'
import { cloudOnly, entriesOf, entryStyle, innerSplitting, timesUnder } from './entries.ts'
import type { PublishedRow } from './published.ts'
import { safbmpTable2, safbmpTable2Source } from './published.ts'
import { describeSetting, networkOf, nothingToShow, seedGroups, spreadOf } from './records.ts'

/** Mbit/s. */
const rate = 1
/** The paper's rows from the slowest, sending the image before them; ours behind. */
const order: readonly string[] = ['cloud-only', 'only-splitting', 'two-step', 'bottlenet-pp', 'ccto', 'safbmp']

interface Row {
  entry: Entry
  found: Fastest[]
  /** Of only-splitting inside the network, in the same seed. */
  ratio: ReturnType<typeof spreadOf>
  ms: ReturnType<typeof spreadOf>
  loss: ReturnType<typeof spreadOf>
  accuracy: ReturnType<typeof spreadOf>
  published: PublishedRow | null
}

interface Network {
  name: string
  title: string
  rows: Row[]
}

function rowsOf(group: readonly Comparison[], gamma: number | null): Row[] {
  const questions = group.map((one) => timesUnder(one, gamma)(rate))
  const splitting = questions.map((fastest) => fastest(innerSplitting))
  const published = safbmpTable2[group[0]!.network.name] ?? []
  const rank = ({ framework }: Entry): number => (order.includes(framework) ? order.indexOf(framework) : order.length)
  return entriesOf(group)
    .filter(({ framework, name }) => framework !== 'only-splitting' || name === innerSplitting.name)
    .sort((a, b) => rank(a) - rank(b))
    .map((entry) => {
      const found = questions.map((fastest) => fastest(entry))
      const known = found.filter((one) => one !== null)
      return {
        ...{ entry, found: known },
        ratio: spreadOf(found.flatMap((one, seed) => (one && splitting[seed] ? [one.ms / splitting[seed].ms] : []))),
        ms: spreadOf(known.map(({ ms }) => ms)),
        loss: spreadOf(known.map(({ candidate }) => candidate.accuracyLoss)),
        accuracy: spreadOf(known.map(({ candidate }) => candidate.accuracy)),
        published:
          entry.name === cloudOnly.name
            ? null
            : (published.find(({ framework }) => framework === entry.framework) ?? null),
      }
    })
}

const reached = 'reached here'
const rowHeight = 340
const width = 1120

/**
 * SAFBMP (Li et al. 2023), Table 2: latency at 1 Mbit/s and accuracy of every framework, as published and as reached, a row
 * of drawings per network. Latency as a share of only-splitting inside the network: milliseconds of other machines do not
 * compare. Sending the image is always there.
 */
export function safbmp2023Table2(records: readonly Comparison[], { gamma }: FigureSettings): Drawing {
  const networks = seedGroups(records).map(
    (group): Network => ({
      name: networkOf(group[0]!),
      title: describeSetting(group, gamma),
      rows: rowsOf(group, gamma),
    }),
  )
  if (!networks.some(({ rows }) => rows.some(({ entry, ratio }) => ratio && entry.name !== innerSplitting.name))) {
    nothingToShow(
      'no timed cut of only-splitting inside the network, or nothing beside it',
      'Compare with --frameworks all, on a device or with --gamma.',
    )
  }
  const height = 140 + rowHeight * networks.length
  return {
    ...{ width, height, columns },
    rows: networks.flatMap(({ name, rows }) => rows.map((row) => cells(name, row, rows))),
    option(theme: ChartTheme) {
      const published = 'published'
      const { base, boxes } = sheet(theme, {
        ...{ title: 'Latency at 1 Mbit/s and loss of accuracy', width, height, across: 2, down: networks.length },
        ...{ names: [reached, published], left: 130, below: 64 },
        caption: [
          `${networks.map(({ title }) => title).join(' | ')}. Per framework its fastest candidate inside the bound; composed, means over the seeds, bars their range. No filled mark: not run, or nothing inside the bound.`,
          `Hollow: ${safbmpTable2Source}; not measured here.`,
        ],
      })
      const panels = networks.flatMap(({ name, rows }) =>
        (['ratio', 'loss'] as const).map((quantity) => ({ name, rows, quantity })),
      )
      return {
        ...base,
        grid: boxes,
        xAxis: panels.map(({ name, quantity }, gridIndex) => ({
          ...valueAxis(
            theme,
            `${name}: ${quantity === 'ratio' ? 'latency / that of only-splitting' : 'loss on test images, points'}`,
            (value) => significant(value),
            'below',
          ),
          gridIndex,
          ...(quantity === 'ratio' && { min: 0 }),
        })),
        yAxis: panels.map(({ rows }, gridIndex) => ({
          ...{ type: 'category' as const, inverse: true, gridIndex, data: rows.map(({ entry }) => entry.framework) },
          axisLabel: { color: theme.ink, fontSize: 12 },
          axisLine: { lineStyle: { color: theme.muted }, onZero: false },
          axisTick: { show: false },
          splitLine: { show: true, lineStyle: { color: theme.grid } },
        })),
        series: panels.flatMap(({ rows, quantity }, index) => {
          const axes = { xAxisIndex: index, yAxisIndex: index }
          const value = (row: Row) => (quantity === 'ratio' ? row.ratio : row.loss)
          const factor = quantity === 'ratio' ? 1 : 100
          const base = rows.find(({ entry }) => entry.name === innerSplitting.name)?.published
          const printed = ({ published: one }: Row): number | null => {
            if (!one || (quantity === 'ratio' && !base)) return null
            return quantity === 'ratio' ? one.ms / base!.ms : one.loss
          }
          return [
            {
              ...{ ...axes, name: reached, type: 'scatter' as const, itemStyle: { color: theme.ink }, symbolSize: 11 },
              data: rows.flatMap((row, place) => {
                const known = value(row)
                const { colour } = entryStyle(theme, row.entry.name)
                return known ? [{ value: [factor * known.mean, place], itemStyle: { color: colour } }] : []
              }),
            },
            {
              ...horizontal(
                reached,
                rows.flatMap((row, place) => {
                  const known = value(row)
                  return known && known.seeds > 1 ? [[place, factor * known.min, factor * known.max] as const] : []
                }),
                theme.ink,
                axes,
              ),
            },
            {
              ...{ ...axes, name: published, type: 'scatter' as const, ...hollow(theme) },
              data: rows.flatMap((row, place) => {
                const known = printed(row)
                return known === null ? [] : [[known, place]]
              }),
            },
          ]
        }),
      }
    },
  }
}

/** `spans` lying on their side. */
function horizontal(
  name: string,
  data: readonly (readonly [place: number, low: number, high: number])[],
  colour: string,
  axes: { xAxisIndex: number; yAxisIndex: number },
) {
  return {
    ...spans(name, data, colour, axes),
    encode: { x: [1, 2], y: 0 },
    renderItem: ((_params, api) => {
      const [low, y] = api.coord([api.value(1), api.value(0)]) as [number, number]
      const [high] = api.coord([api.value(2), api.value(0)]) as [number, number]
      return { type: 'line', shape: { x1: low, y1: y, x2: high, y2: y }, style: { stroke: colour, lineWidth: 1.5 } }
    }) satisfies NonNullable<ReturnType<typeof spans>['renderItem']>,
  }
}

const columns: readonly string[] = [
  'network',
  'framework',
  'candidate',
  'end_to_end_ms_mean',
  'end_to_end_ms_min',
  'end_to_end_ms_max',
  'seeds',
  'ratio_to_only_splitting',
  'accuracy_fraction',
  'accuracy_loss_fraction',
  'published_ms',
  'published_ratio_to_only_splitting',
  'published_accuracy_percent',
  'published_loss_points',
]

function cells(network: string, row: Row, rows: readonly Row[]): Cell[] {
  const { entry, found, ms, ratio, accuracy, loss, published } = row
  const base = rows.find(({ entry: { name } }) => name === innerSplitting.name)?.published
  const names = found.map(({ candidate: { partitionPoint, codec, step } }) =>
    [partitionPoint, codec, ...(step ? [step] : [])].join(', '),
  )
  return [
    ...[network, entry.framework, [...new Set(names)].join(' / ') || null],
    ...[ms?.mean ?? null, ms?.min ?? null, ms?.max ?? null, ms?.seeds ?? 0, ratio?.mean ?? null],
    ...[accuracy?.mean ?? null, loss?.mean ?? null, published?.ms ?? null],
    ...[published && base ? published.ms / base.ms : null, published?.accuracy ?? null, published?.loss ?? null],
  ]
}
