import type { Comparison } from '../../contract/result.ts'
import type { ShiModel } from '../../latency/shi2019.ts'
import { loggedCuts, shi2019, shiModels } from '../../latency/shi2019.ts'
import { significant } from '../../units.ts'
import { pointAxis, valueAxis } from '../axes.ts'
import { pointOrder } from '../series.ts'
import type { ChartTheme } from '../theme.ts'
import { slotColour, slotDash, slotMarker } from '../theme.ts'
import type { Cell, Drawing } from './drawing.ts'
import { hollow, logScale, sheet } from './drawing.ts'
import type { Spread } from './records.ts'
import { describeSetting, nothingToShow, oneSetting, spreadOf } from './records.ts'

/** Share of the image that is sent, and of the unpruned network that is computed, when cut behind a point. */
interface Spot {
  point: string
  sent: Spread | null
  computed: Spread | null
}

const slots: Record<ShiModel, number> = { original: 0, 'step 1': 2, 'step 2': 3 }
const symbols = { original: 'circle', 'step 1': 'rect', 'step 2': 'triangle' } as const satisfies Record<
  ShiModel,
  string
>
const logName = (model: ShiModel): string => `authors' logs, ${model}`

function spotsOf(comparisons: readonly Comparison[], model: ShiModel, points: readonly string[]): Spot[] {
  const rowsAt = (point: string) =>
    comparisons.flatMap((comparison) => {
      const rows = comparison.layers.find(({ name }) => name === model)?.rows ?? []
      const row = rows.find((one) => one.point === point)
      return row ? [{ row, comparison }] : []
    })
  return points.map((point) => {
    const found = rowsAt(point)
    return {
      point,
      sent: spreadOf(found.map(({ row, comparison }) => row.elements / (3 * comparison.dataset.size ** 2))),
      computed: spreadOf(found.map(({ row, comparison }) => row.cumulativeMacs / comparison.network.macs)),
    }
  })
}

/** The authors' own network: elements over those of the image, cumulative time over that of the whole unpruned network. */
function logged(model: ShiModel) {
  const whole = loggedCuts('original').at(-1)!.headMs
  return new Map(
    loggedCuts(model)
      .filter(({ point }) => point !== 'input' && point !== 'output')
      .map(({ point, bytes, headMs }) => [point, { sent: bytes / shi2019.imageBytes, computed: headMs / whole }]),
  )
}

const width = 1180
const height = 640

/**
 * Shi et al. (INFOCOM Workshops 2019), Figure 3: transmission and computation workload per partition point of the original
 * network and behind both steps of pruning, here as shares, so that networks of other widths stand beside the authors' own
 * logs (8-bit features, one byte per element).
 */
export function shi2019Figure3(records: readonly Comparison[]): Drawing {
  const comparisons = oneSetting(records)
  if (!comparisons.some(({ layers }) => layers.some(({ name }) => name === 'step 1'))) {
    nothingToShow('no network of two-step pruning', 'Compare with --frameworks only-splitting,two-step.')
  }
  const [first] = comparisons as [Comparison]
  const ends = new Set(['input', 'output', first.layers.find(({ name }) => name === 'original')?.rows.at(-1)?.point])
  const points = pointOrder(first).filter((point) => !ends.has(point))
  const models = shiModels.map((model) => ({ model, spots: spotsOf(comparisons, model, points), logs: logged(model) }))
  // Other networks have points of the same names which are something else.
  const comparable = first.network.name === 'vgg16'
  const names = [...shiModels, ...(comparable ? shiModels.map(logName) : [])]
  return {
    ...{ width, height, columns, rows: rowsOf(models, comparable) },
    option(theme: ChartTheme) {
      const { base, boxes } = sheet(theme, {
        ...{ title: 'Transmission and computation per partition point', names, width, height, across: 2 },
        caption: [
          `${describeSetting(comparisons)}. Filled: counted from the networks of these records, means over the seeds.`,
          comparable
            ? "Hollow: the authors' logs (github.com/ShiWenqi/2-step-pruning), VGG16 at full width, computation by their times; not measured here. The paper's own figure was not at hand."
            : "The authors' logs are of VGG16 and do not compare with this network.",
        ],
      })
      const shares = [1, ...models.flatMap(({ spots }) => spots.flatMap(({ sent }) => sent?.mean ?? []))]
      const logShares = comparable ? models.flatMap(({ logs }) => [...logs.values()].map(({ sent }) => sent)) : []
      const percent = (value: number): string => `${significant(100 * value)} %`
      const quantities = ['sent', 'computed'] as const
      return {
        ...base,
        grid: boxes,
        xAxis: quantities.map((_, gridIndex) => ({ ...pointAxis(theme, points), gridIndex })),
        yAxis: [
          {
            ...valueAxis(theme, 'features sent, of the elements of the image (log scale)', percent),
            ...logScale([...shares, ...logShares], theme, percent),
            gridIndex: 0,
          },
          { ...valueAxis(theme, 'computed up to the point, of the unpruned network', percent), gridIndex: 1 },
        ],
        series: quantities.flatMap((quantity, index) => {
          const axes = { xAxisIndex: index, yAxisIndex: index }
          return models.flatMap(({ model, spots, logs }) => [
            {
              ...{
                ...axes,
                name: model,
                type: 'line' as const,
                data: spots.map((spot) => spot[quantity]?.mean ?? null),
              },
              ...{ ...slotMarker(theme, slots[model]), symbolSize: 7, showAllSymbol: true },
              lineStyle: { color: slotColour(theme, slots[model]), type: slotDash(slots[model]), width: 2 },
            },
            ...(comparable
              ? [
                  {
                    ...{ ...axes, name: logName(model), type: 'scatter' as const },
                    data: points.map((point) => logs.get(point)?.[quantity] ?? null),
                    ...{ ...hollow(theme, symbols[model]), symbolSize: 10, z: 1 },
                  },
                ]
              : []),
          ])
        }),
      }
    },
  }
}

const columns: readonly string[] = [
  'model',
  'partition_point',
  'sent_share_of_image_elements',
  'sent_share_min',
  'sent_share_max',
  'computed_share_of_unpruned_macs',
  'computed_share_min',
  'computed_share_max',
  'seeds',
  'published_sent_share',
  'published_computed_time_share',
  'published_source',
]

function rowsOf(
  models: readonly { model: ShiModel; spots: Spot[]; logs: ReturnType<typeof logged> }[],
  comparable: boolean,
): Cell[][] {
  return models.flatMap(({ model, spots, logs }) =>
    spots.map(({ point, sent, computed }): Cell[] => {
      const log = comparable ? logs.get(point) : undefined
      return [
        ...[model, point, sent?.mean ?? null, sent?.min ?? null, sent?.max ?? null],
        ...[computed?.mean ?? null, computed?.min ?? null, computed?.max ?? null, sent?.seeds ?? 0],
        ...[log?.sent ?? null, log?.computed ?? null, log ? "authors' logs [R]" : null],
      ]
    }),
  )
}
