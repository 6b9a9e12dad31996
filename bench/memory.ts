/**
 * What training takes in memory and how it grows.
 *
 * - peak: the largest resident set of six training steps of VGG16 w 1.0, batch 128, in a process of its own, against
 *   PyTorch's in both layouts;
 * - images: seconds of an epoch of 10,000, 20,000 and 40,000 images, in turns; the exponent of a log-log fit;
 * - epochs: step time and resident set over 30 epochs; their trends.
 *
 *   npm run bench:memory -- [--only peak,images,epochs] [--rounds 4] [--threads 2] [--json]
 */
import { loadBackend } from '../src/main/trainer/backend/index.ts'
import { epochRows, imageRows } from './trainer/growth.ts'
import { peakRow } from './trainer/peak.ts'
import type { Row } from './trainer/rows.ts'
import { printRows } from './trainer/rows.ts'
import { benchOptions } from './trainer/sideBySide.ts'

const parts = {
  peak: async (): Promise<Row[]> => [await peakRow(threads)],
  images: async (): Promise<Row[]> => imageRows(await loadBackend({ threads }), rounds),
  epochs: async (): Promise<Row[]> => epochRows(await loadBackend({ threads })),
}
const { json, only = Object.keys(parts).join(','), rounds, threads } = benchOptions({ rounds: 4 })
const rows: Row[] = []
for (const part of only.split(',')) {
  if (!Object.hasOwn(parts, part)) {
    console.error(`splitbench: no part "${part}"; there are: ${Object.keys(parts).join(', ')}`)
    process.exit(2)
  }
  rows.push(...(await parts[part as keyof typeof parts]()))
}
printRows(rows, json, { threads, rounds })
process.exit()
