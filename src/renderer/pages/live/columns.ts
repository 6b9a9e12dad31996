import type { LiveCandidate, LiveLook, LiveSpread } from '#common/contract/live.ts'
import { describeMeasuredRate } from '#common/latency/linkFit.ts'
import { formatMs, formatMsInterval } from '#common/units.ts'
import type { Column } from '../../components/column.ts'
import { figureColumn, wordColumn } from '../../components/column.ts'

const at = figureColumn<LiveLook>(
  { key: 'at', title: 'At', exported: 'at_s' },
  ({ atS }) => atS,
  (seconds) => `${seconds.toFixed(1)} s`,
)
const rate: Column<LiveLook> = {
  ...{ key: 'rate', title: 'Link', exported: 'rate_mbit_per_s', align: 'right' },
  value: ({ rateMbps }) => rateMbps,
  text: (look) => describeMeasuredRate(look),
}

/** One row for every selection of live inference. */
export const changeColumns: Column<LiveLook>[] = [
  at,
  wordColumn({ key: 'title', title: 'Candidate', exported: 'candidate' }, ({ title }) => title),
  rate,
  figureColumn(
    { key: 'expected', title: 'Expected', hint: 'Composed under the link of this look', exported: 'expected_ms' },
    ({ expectedMs }) => expectedMs,
    formatMs,
  ),
  wordColumn({ key: 'reason', title: 'Why', exported: 'reason', wraps: true }, ({ reason }) => reason),
]

const time = (key: keyof LiveLook & `${string}Ms`, title: string, exported: string): Column<LiveLook> =>
  figureColumn({ key, title, exported }, (look) => look[key], formatMs)

/** One row for every look at the link. */
export const lookColumns: Column<LiveLook>[] = [
  at,
  wordColumn({ key: 'title', title: 'Candidate', exported: 'candidate' }, ({ title }) => title),
  rate,
  time('rttMs', 'Round trip', 'round_trip_ms'),
  figureColumn({ key: 'images', title: 'Images', exported: 'images' }, ({ images }) => images, String),
  time('headMs', 'Head', 'head_ms'),
  time('encodeMs', 'Encoding', 'encode_ms'),
  time('linkMs', 'Link, both ways', 'link_ms'),
  time('serverMs', 'Server', 'server_ms'),
  time('wholeMs', 'Whole', 'whole_ms'),
  time('expectedMs', 'Expected', 'expected_ms'),
]

type Part = { [Key in keyof LiveCandidate]: LiveCandidate[Key] extends LiveSpread ? Key : never }[keyof LiveCandidate]

const spread = (key: Part, title: string): Column<LiveCandidate> => ({
  ...figureColumn(
    { key, title, exported: `${key}_median_ms`, hint: 'Median and its 95 % interval over every message' },
    (row: LiveCandidate) => row[key].median,
    formatMs,
  ),
  note: ({ [key]: { ci95 } }) => formatMsInterval(ci95),
})

/** One row for every candidate that ran. */
export const candidateColumns: Column<LiveCandidate>[] = [
  wordColumn({ key: 'title', title: 'Candidate', exported: 'candidate', wraps: true }, ({ title }) => title),
  figureColumn({ key: 'looks', title: 'Looks', exported: 'looks' }, ({ looks }) => looks, String),
  figureColumn({ key: 'images', title: 'Images', exported: 'images' }, ({ images }) => images, String),
  spread('head', 'Head'),
  spread('encode', 'Encoding'),
  spread('link', 'Link, both ways'),
  spread('server', 'Server'),
  spread('whole', 'Whole'),
  figureColumn({ key: 'p95', title: 'Whole, p95', exported: 'whole_p95_ms' }, ({ whole }) => whole.p95, formatMs),
]
