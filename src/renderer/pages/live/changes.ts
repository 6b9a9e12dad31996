import type { LiveLook } from '#common/contract/live.ts'
import { formatMs, significant } from '#common/units.ts'
import type { Column } from '../../components/column.ts'
import { figureColumn, wordColumn } from '../../components/column.ts'

/** One row for every selection of live inference. */
export const changeColumns: Column<LiveLook>[] = [
  figureColumn(
    { key: 'at', title: 'At', exported: 'at_s' },
    ({ atS }) => atS,
    (seconds) => `${seconds.toFixed(1)} s`,
  ),
  wordColumn({ key: 'title', title: 'Candidate', exported: 'candidate' }, ({ title }) => title),
  figureColumn(
    { key: 'rate', title: 'Link', exported: 'rate_mbit_per_s' },
    ({ rateMbps }) => rateMbps,
    (rate) => `${significant(rate)} Mbit/s`,
  ),
  figureColumn(
    { key: 'expected', title: 'Expected', hint: 'Composed under the link of this look', exported: 'expected_ms' },
    ({ expectedMs }) => expectedMs,
    formatMs,
  ),
  wordColumn({ key: 'reason', title: 'Why', exported: 'reason', wraps: true }, ({ reason }) => reason),
]
