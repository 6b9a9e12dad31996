import type { TimedHead } from '#common/contract/deviceTiming.ts'
import { computeUnit, formatCompute, formatMs } from '#common/units.ts'
import type { Column } from '../../components/column.ts'

const interval = ([low, high]: readonly [number, number]): string => `${formatMs(low)} – ${formatMs(high)}`

/** Heads on one device. Whatever the comparison had on its own device stands apart, with what it was. */
export const headColumns: readonly Column<TimedHead>[] = [
  {
    key: 'framework',
    title: 'Framework',
    exported: 'framework',
    align: 'left',
    value: ({ framework, step }) => [framework, step].filter(Boolean).join(' '),
    text: ({ framework, step }) => [framework, step?.replace(/^step(\d)/, 'step $1')].filter(Boolean).join(' · '),
  },
  {
    key: 'point',
    title: 'Point',
    exported: 'partition_point',
    align: 'left',
    value: ({ partitionPoint }) => partitionPoint,
    text: ({ partitionPoint }) => partitionPoint,
  },
  {
    key: 'codec',
    title: 'Codec',
    exported: 'codec',
    align: 'left',
    value: ({ codec }) => codec,
    text: ({ codec }) => codec,
  },
  {
    key: 'macs',
    title: computeUnit(),
    exported: 'head_macs',
    align: 'right',
    value: ({ headMacs }) => headMacs,
    text: ({ headMacs }) => formatCompute(headMacs),
  },
  {
    key: 'median',
    title: 'Median',
    hint: 'Head and encoding, single image; below it the 95 % interval of the median',
    exported: 'device_median_ms',
    align: 'right',
    value: ({ deviceMs }) => deviceMs.median,
    text: ({ deviceMs }) => formatMs(deviceMs.median),
    note: ({ deviceMs }) => interval(deviceMs.ci95),
  },
  {
    key: 'p95',
    title: 'p95',
    exported: 'device_p95_ms',
    align: 'right',
    value: ({ deviceMs }) => deviceMs.p95,
    text: ({ deviceMs }) => formatMs(deviceMs.p95),
  },
  {
    key: 'n',
    title: 'Runs',
    exported: 'runs',
    align: 'right',
    value: ({ deviceMs }) => deviceMs.n,
    text: ({ deviceMs }) => String(deviceMs.n),
    hint: 'Timed runs; below them those of the warm-up',
    note: ({ warmup, steady }) => `+ ${warmup}${steady ? '' : ', unsteady'}`,
  },
  {
    key: 'source',
    title: 'Kind',
    hint: 'Whether these times were measured, modelled or emulated',
    exported: 'source',
    align: 'left',
    value: ({ deviceMs }) => deviceMs.source,
    text: ({ deviceMs }) => deviceMs.source,
  },
  {
    key: 'stored',
    title: 'In the run',
    hint: 'What the comparison has for its own device',
    exported: 'stored_median_ms',
    align: 'right',
    value: ({ storedMs }) => storedMs?.median ?? null,
    text: ({ storedMs }) => (storedMs ? formatMs(storedMs.median) : '–'),
    note: ({ storedMs }) => storedMs?.source ?? null,
  },
]
