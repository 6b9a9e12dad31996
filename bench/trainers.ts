/**
 * Two trainer processes against one, on the same work in turns: the codecs of two frameworks at pool3 of VGG16 w 0.25,
 * baseline included. The ratio is what a second trainer makes of the time; the result is the same.
 *
 *   npm run bench:trainers -- [--rounds 3] [--threads 2] [--json]
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resolveCompare } from '#common/experiment/compareConfig.ts'
import type { Shares } from '#common/experiment/shares.ts'
import type { Ends } from '../src/main/workbench/experiments/ends.ts'
import type { JobContext } from '../src/main/workbench/experiments/job.ts'
import { trainCandidates } from '../src/main/workbench/experiments/trainCandidates.ts'
import { EventLog } from '../src/main/workbench/jobs/eventLog.ts'
import type { Row } from './trainer/rows.ts'
import { printRows, ratioOf, rowOf } from './trainer/rows.ts'
import { benchOptions } from './trainer/sideBySide.ts'

const { json, rounds, threads } = benchOptions({ rounds: 3 })
const config = resolveCompare({
  ...{ profile: 'quick', source: { kind: 'synthetic' }, network: 'vgg16', width: 0.25, seed: 1, threads },
  ...{ frameworks: 'bottlenet-pp,safbmp', points: 'pool3', maxLoss: 1, trainImages: 1_000, testImages: 200, epochs: 2 },
  ...{ device: 'local', server: 'local', link: { name: 'wifi', rateMbps: 18.88, rttMs: null } },
  ...{ gamma: undefined, batchSize: undefined, timeS: undefined },
})
const shares: Shares = { first: [], apart: [['bottlenet-pp'], ['safbmp']] }

async function secondsOf(dealt: Shares | undefined): Promise<number> {
  const working = await mkdtemp(join(tmpdir(), 'splitbench-bench-'))
  const job = { run: { working }, log: new EventLog(), signal: new AbortController().signal } as JobContext
  const start = performance.now()
  try {
    // Nothing of it asks a device.
    await trainCandidates(job, config, {} as Ends, dealt, { emit: () => {}, learn: () => {} })
    return (performance.now() - start) / 1000
  } finally {
    await rm(working, { recursive: true, force: true })
  }
}

const times = { one: [] as number[], two: [] as number[] }
for (let round = 0; round < rounds; round++) {
  times.one.push(await secondsOf(undefined))
  times.two.push(await secondsOf(shares))
}
const { ratio, spread } = ratioOf(times.two, times.one)
const rows: Row[] = [
  rowOf('one trainer', { ours: times.one }, { unit: 's' }),
  rowOf('two trainers', { ours: times.two }, { unit: 's', toOne: ratio, toOneSpread: spread }),
]
printRows(rows, json, { threads, rounds })
process.exit()
