import type { EChartsOption } from 'echarts'
import { frame, legend, valueAxis } from '#common/charts/axes.ts'
import type { ChartTheme } from '#common/charts/theme.ts'
import type { RateChoice, RateSpan } from '#common/selection/byRate.ts'
import type { Placed } from '#common/selection/placed.ts'
import { describePlaced } from '#common/selection/placed.ts'
import type { QuantityName } from '#common/selection/quantities.ts'
import { quantities } from '#common/selection/quantities.ts'
import type { Term } from '#common/selection/query.ts'
import type { Selection } from '#common/selection/select.ts'
import { significant } from '#common/units.ts'
import type { ExportTable } from '../export/table.ts'

export interface FrontView {
  x: QuantityName
  y: QuantityName
  placed: readonly Placed[]
  selection: Selection<Placed>
  front: readonly Placed[]
  terms: readonly Term[]
}

/** From so many points on they are drawn as one path: thousands follow a slider within a frame. */
const largeFrom = 300
const names = { excluded: 'excluded', allowed: 'allowed', front: 'Pareto front of the allowed', chosen: 'chosen' }

/** Every candidate by two quantities: what the limits leave, its Pareto front, and the choice. */
export function frontOption({ x, y, placed, selection, front, terms }: FrontView, theme: ChartTheme): EChartsOption {
  const allowed = new Set(selection.allowed)
  const at = ({ values }: Placed): [number, number] | null => shownPair(values[x], values[y], x, y)
  const dots = (list: readonly Placed[]) => list.map(at).filter((pair) => pair !== null)
  // ECharts copies what it is given: thousands of points as one array of numbers, not as thousands of arrays.
  const cloud = (list: readonly Placed[]) =>
    list.length < largeFrom ? dots(list) : Float64Array.from(dots(list).flat())
  const outside = placed.filter((one) => !allowed.has(one))
  const tip = (list: readonly Placed[]) => ({
    formatter: (params: unknown) =>
      tipOf(list.filter((one) => at(one) !== null)[(params as { dataIndex: number }).dataIndex], x, y),
  })
  const sorted = [...front].sort((a, b) => (a.values[x] ?? 0) - (b.values[x] ?? 0))
  const { chosen } = selection
  return {
    ...frame(theme),
    grid: { top: 34, left: 66, right: 20, bottom: 46, outerBoundsMode: 'none' },
    legend: { ...legend(theme, Object.values(names)), itemWidth: 14 },
    xAxis: axisOf(x, theme, 'below'),
    yAxis: axisOf(y, theme, 'left'),
    series: [
      {
        name: names.excluded,
        type: 'scatter',
        dimensions: ['x', 'y'],
        data: cloud(outside),
        symbolSize: 5,
        large: outside.length >= largeFrom,
        largeThreshold: largeFrom,
        itemStyle: { color: theme.grid, borderColor: theme.muted, borderWidth: outside.length >= largeFrom ? 0 : 1 },
        tooltip: tip(outside),
        z: 1,
      },
      {
        name: names.allowed,
        type: 'scatter',
        dimensions: ['x', 'y'],
        data: cloud(selection.allowed),
        symbolSize: 7,
        large: allowed.size >= largeFrom,
        largeThreshold: largeFrom,
        itemStyle: { color: theme.series[0]!, opacity: 1 },
        tooltip: tip(selection.allowed),
        z: 3,
      },
      {
        name: names.front,
        type: 'line',
        step: quantities[x].better === 'low' ? 'end' : 'start',
        data: dots(sorted),
        symbol: 'diamond',
        symbolSize: 9,
        showAllSymbol: true,
        itemStyle: { color: theme.series[3]! },
        lineStyle: { color: theme.series[3]!, type: 'dashed', width: 1.5 },
        tooltip: tip(sorted),
        z: 4,
      },
      {
        name: names.chosen,
        type: 'scatter',
        data: chosen ? dots([chosen]) : [],
        symbol: 'circle',
        symbolSize: 17,
        itemStyle: { color: 'transparent', borderColor: theme.ink, borderWidth: 2 },
        silent: true,
        markLine: {
          silent: true,
          symbol: 'none',
          lineStyle: { color: theme.muted, type: 'dotted', width: 1.5 },
          label: { show: false },
          data: limitLines(terms, x, y),
        },
        z: 5,
      },
    ],
  }
}

const limitLines = (terms: readonly Term[], x: QuantityName, y: QuantityName) =>
  terms.flatMap((term): ({ xAxis: number } | { yAxis: number })[] => {
    if (term.kind !== 'limit') return []
    const value = term.value / quantities[term.quantity].shown.factor
    if (term.quantity === x) return [{ xAxis: value }]
    return term.quantity === y ? [{ yAxis: value }] : []
  })

const isLog = (name: QuantityName): boolean => !quantities[name].fraction

/** In the units of the axes; null where one is not known, or has no place on its log axis. */
function shownPair(
  x: number | null,
  y: number | null,
  xName: QuantityName,
  yName: QuantityName,
): [number, number] | null {
  if (x === null || y === null || (isLog(xName) && x <= 0) || (isLog(yName) && y <= 0)) return null
  return [x / quantities[xName].shown.factor, y / quantities[yName].shown.factor]
}

function axisOf(name: QuantityName, theme: ChartTheme, where: 'left' | 'below') {
  const { axis, shown } = quantities[name]
  return {
    ...valueAxis(theme, `${axis}, ${shown.unit}`, (value) => significant(value), where),
    ...(isLog(name) ? { type: 'log' as const } : { scale: true }),
    nameGap: where === 'left' ? 46 : 26,
  }
}

function tipOf(one: Placed | undefined, x: QuantityName, y: QuantityName): string {
  if (!one) return ''
  const text = (name: QuantityName): string => {
    const value = one.values[name]
    return `${quantities[name].title} ${value === null ? 'not known' : quantities[name].format(value)}`
  }
  return [describePlaced(one), text(x), text(y)].map(escaped).join('<br>')
}

const escaped = (text: string): string => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** Of so many decades must a span be for its name to have room. */
const leastNamedDecades = 0.3

/** What is chosen at each rate of the link: its latency, the rates where the choice changes, and the rate of now. */
export function rateOption(
  choices: readonly RateChoice[],
  spans: readonly RateSpan[],
  nowMbps: number,
  theme: ChartTheme,
): EChartsOption {
  const named = spans.filter(
    ({ chosen, fromMbps, toMbps }) => chosen && Math.log10(toMbps / fromMbps) >= leastNamedDecades,
  )
  const latencyAt = (rateMbps: number): number | null =>
    choices.reduce((a, b) =>
      Math.abs(Math.log(b.rateMbps / rateMbps)) < Math.abs(Math.log(a.rateMbps / rateMbps)) ? b : a,
    ).latencyMs
  return {
    ...frame(theme),
    grid: { top: 34, left: 66, right: 20, bottom: 46, outerBoundsMode: 'none' },
    xAxis: {
      ...valueAxis(theme, 'link rate, Mbit/s', (value) => significant(value), 'below'),
      type: 'log',
      nameGap: 26,
      min: choices[0]!.rateMbps,
      max: choices.at(-1)!.rateMbps,
    },
    yAxis: {
      ...valueAxis(theme, 'latency of the choice, ms (composed)', (value) => significant(value)),
      type: 'log',
      nameGap: 46,
    },
    series: [
      {
        name: 'latency of the choice',
        type: 'line',
        data: choices.map(({ rateMbps, latencyMs }) => [rateMbps, latencyMs]),
        symbol: 'none',
        lineStyle: { color: theme.series[0]!, width: 2 },
        markLine: {
          silent: true,
          symbol: 'none',
          lineStyle: { color: theme.ink, width: 1.5 },
          label: { show: true, formatter: 'now', color: theme.ink, fontSize: 11 },
          data: [{ xAxis: nowMbps }],
        },
      },
      {
        name: 'choice',
        type: 'scatter',
        silent: true,
        symbolSize: 1,
        itemStyle: { color: 'transparent' },
        data: named.flatMap(({ chosen, fromMbps, toMbps }) => {
          const middle = Math.sqrt(fromMbps * toMbps)
          const latency = latencyAt(middle)
          return chosen && latency !== null ? [{ value: [middle, latency], name: chosen.point }] : []
        }),
        label: {
          show: true,
          position: 'top',
          distance: 6,
          formatter: '{b}',
          color: theme.ink,
          fontSize: 11,
          backgroundColor: theme.surface,
          padding: [1, 3],
        },
      },
      {
        name: 'the choice changes',
        type: 'scatter',
        symbol: 'diamond',
        symbolSize: 9,
        itemStyle: { color: theme.series[3]! },
        data: spans.slice(1).flatMap(({ fromMbps }) => {
          const latency = latencyAt(fromMbps)
          return latency === null ? [] : [[fromMbps, latency]]
        }),
      },
    ],
  }
}

export const rateTable = (spans: readonly RateSpan[]): ExportTable => ({
  name: 'choice-by-rate',
  columns: ['from_mbps', 'to_mbps', 'framework', 'step', 'partition_point', 'candidate'],
  rows: spans.map(({ fromMbps, toMbps, chosen }) => [
    fromMbps,
    toMbps,
    chosen?.candidate.framework ?? null,
    chosen?.candidate.step ?? null,
    chosen?.point ?? null,
    chosen?.candidate.id ?? null,
  ]),
})

export function frontTable({ placed, selection, front }: FrontView): ExportTable {
  const allowed = new Set(selection.allowed)
  const best = new Set(front)
  return {
    name: 'selection',
    columns: [
      ...['series', 'partition_point', 'codec', 'end_to_end_composed_ms', 'validation_accuracy_fraction'],
      ...['validation_loss_fraction', 'head_macs', 'head_parameters', 'payload_bytes', 'energy_mj'],
      ...['allowed', 'on_pareto_front', 'chosen'],
    ],
    rows: placed.map((one) => {
      const { latency, accuracy, loss, macs, head, payload, energy } = one.values
      const flags = [allowed.has(one), best.has(one), one === selection.chosen].map((yes) => (yes ? 'yes' : 'no'))
      return [one.label, one.point, one.candidate.codec, latency, accuracy, loss, macs, head, payload, energy, ...flags]
    }),
  }
}
