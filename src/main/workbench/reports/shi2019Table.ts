import { transmissionWorkload } from '#common/charts/layerCharts.ts'
import type { Comparison } from '#common/contract/result.ts'
import { parseLink } from '#common/latency/links.ts'
import { reconstructedCut, reconstructedGain, shi2019 } from '#common/latency/shi2019.ts'
import { bestWithin, computationRatio, macRatio, shiSeries } from '#common/latency/shiCuts.ts'
import { significant } from '#common/units.ts'
import { alignColumns, plain, wrap } from './columns.ts'

/** One figure of Shi et al. 2019 beside what a comparison reached; all are ratios, unpruned / pruned. */
export interface Shi2019Row {
  quantity: string
  /** Partition points or models that the reached figure belongs to. */
  at: string
  /** Null where it could not be measured; then `note` says why. */
  reached: number | null
  /** In print. */
  published: number | null
  publishedIn: string | null
  /** Computed by us from the authors' logs or from other published figures: not in print. */
  reconstructed: number | null
  reconstructedFrom: string | null
  note: string | null
}

/** Elements that cross per image, and how many times fewer step 2 sends. */
export interface TransmissionRow {
  point: string
  original: number
  step1: number | null
  step2: number | null
  reduction: number | null
}

export interface Shi2019Table {
  text: string
  rows: Shi2019Row[]
  transmission: TransmissionRow[]
}

/** The ratios of a comparison beside the published 25.6×, 6.01× and 4.81× of two-step pruning. Lines ≤ 120 columns. */
export function shi2019Table(comparison: Comparison): Shi2019Table {
  const transmission = transmissionRows(comparison)
  const rows = [bestReduction(transmission), ...computationRows(comparison), ...gainRows(comparison)]
  return { rows, transmission, text: render(comparison, rows, transmission) }
}

const abstract = "the paper's abstract"
const unprinted = { published: null, publishedIn: null, reconstructed: null, reconstructedFrom: null }

function transmissionRows(comparison: Comparison): TransmissionRow[] {
  const { points, lines } = transmissionWorkload(comparison)
  const elements = (name: string, index: number): number | null =>
    lines.find((line) => line.name === `${name}, 8 bit`)?.values[index] ?? null
  return points.flatMap((point, index) => {
    const original = elements('original', index)
    if (point === 'input' || point === 'output' || original === null) return []
    const step2 = elements('step 2', index)
    const reduction = step2 === null ? null : original / step2
    return [{ point, original, step1: elements('step 1', index), step2, reduction }]
  })
}

function bestReduction(rows: readonly TransmissionRow[]): Shi2019Row {
  const best = rows.reduce<TransmissionRow | null>((a, b) => ((b.reduction ?? 0) > (a?.reduction ?? 0) ? b : a), null)
  return {
    quantity: 'transmission reduction, step 2',
    at: best ? `best point, ${best.point}` : '',
    reached: best?.reduction ?? null,
    published: shi2019.transmissionReduction,
    publishedIn: `${abstract} ("up to"); equals the filter ratios 512/20 = 256/10 = 128/5`,
    reconstructed: null,
    reconstructedFrom: null,
    note: best ? null : 'no step-2 model in this comparison',
  }
}

function computationRows(comparison: Comparison): Shi2019Row[] {
  return (['step1', 'step2'] as const).flatMap((step): Shi2019Row[] => {
    const title = step.replace('step', 'step ')
    const macs = macRatio(comparison, step)
    const time = computationRatio(comparison, step)
    return [
      {
        quantity: `MACs, whole network, ${title}`,
        at: macs?.at ?? '',
        reached: macs?.ratio ?? null,
        ...unprinted,
        note: macs ? null : `no ${title} model in this comparison`,
      },
      {
        quantity: `time, whole network, ${title}`,
        at: time.best ? time.best.at : '',
        reached: time.best?.ratio ?? null,
        published: shi2019.computationAcceleration,
        publishedIn: `${abstract} ("on total computation"; which step is not said)`,
        reconstructed: null,
        reconstructedFrom: null,
        note: time.reason,
      },
    ]
  })
}

const gainLinks = [
  ['wifi', 'WiFi'],
  ['4g', '4G'],
  ['3g', '3G'],
] as const

function gainRows(comparison: Comparison): Shi2019Row[] {
  const { original, twoStep } = shiSeries(comparison)
  return gainLinks.map(([name, title]) => {
    const link = parseLink(name)
    const before = bestWithin(original, shi2019.gamma, link)
    const after = bestWithin(twoStep, shi2019.gamma, link)
    const published = name === 'wifi'
    return {
      quantity: `end to end, ${title}, γ ${shi2019.gamma}`,
      at: before && after ? `${before.cut.point} ${ms(before.ms)} → ${after.cut.point} ${ms(after.ms)}` : '',
      reached: before && after ? before.ms / after.ms : null,
      published: published ? shi2019.endToEndGain : null,
      publishedIn: published ? `${abstract}; Hitachi's article of 2020 rounds it to 4.8×` : null,
      reconstructed: published
        ? reconstructedGain()
        : reconstructedCut('original', link).ms / reconstructedCut('step 2', link).ms,
      reconstructedFrom: published
        ? 'γ 5, 18.88 Mbit/s, 24.84 ms of the logs, 6.01×, and 3072 B of image sent to the server'
        : "the authors' logs (rounded to 0.01 ms) at γ 5, best cut each; the paper's own figure was not retrievable",
      note: before && after ? null : (original.reason ?? twoStep.reason),
    }
  })
}

const ms = (value: number): string => `${significant(value)} ms`
const ratio = (value: number | null): string => (value === null ? '–' : `${significant(value)}×`)

function render(comparison: Comparison, rows: readonly Shi2019Row[], transmission: readonly TransmissionRow[]): string {
  const { network, dataset, run, maxLoss } = comparison
  const sources = [
    ...new Set(rows.flatMap((row) => [row.publishedIn, row.reconstructedFrom].filter((one) => one !== null))),
  ]
  const mark = (source: string | null): string => (source === null ? '' : ` [${sources.indexOf(source) + 1}]`)
  const lines = [
    'Two-step pruning beside Shi et al., INFOCOM Workshops 2019 (VGG16 on CIFAR-10); ratios unpruned / pruned',
    `this run: ${network.name} at width ${significant(network.width)} on ${dataset.name}, seed ${run.seed}, profile ${run.profile}, loss ≤ ${significant(maxLoss * 100)} points`,
    '',
    ...alignColumns(
      [
        { title: '', align: 'left' },
        { title: 'reached', align: 'right' },
        { title: 'at', align: 'left' },
        { title: 'published', align: 'right' },
        { title: 'reconstructed', align: 'right' },
      ],
      rows.map((row) => [
        row.quantity,
        ratio(row.reached),
        row.at,
        row.published === null ? '–' : ratio(row.published) + mark(row.publishedIn),
        row.reconstructed === null ? '–' : ratio(row.reconstructed) + mark(row.reconstructedFrom),
      ]),
    ),
    '',
    ...rows.flatMap(({ quantity, note }) => (note ? [`– ${quantity}: ${note}`] : [])),
    ...sources.map((source, index) => `[${index + 1}] ${source}`),
    "End to end: T = γ · head + payload / rate + tail, with this run's times on the server's machine; payload without header.",
    '',
    'Elements of the feature map per image (8-bit features: bytes)',
    ...alignColumns(
      [
        { title: 'point', align: 'left' },
        { title: 'original', align: 'right' },
        { title: 'step 1', align: 'right' },
        { title: 'step 2', align: 'right' },
        { title: 'original / step 2', align: 'right' },
      ],
      transmission.map(({ point, original, step1, step2, reduction }) => [
        point,
        ...[original, step1, step2].map((value) => (value === null ? '–' : String(value))),
        ratio(reduction),
      ]),
    ),
  ]
  return lines.flatMap((line) => wrap(plain(line), 120)).join('\n')
}
