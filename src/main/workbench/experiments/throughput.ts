import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Throughput } from '#common/experiment/plan.ts'
import { defaultThroughput } from '#common/experiment/plan.ts'
import { writeFileAtomic } from '../../../system/atomic.ts'
import { cacheFolder } from '../../../system/cacheFolder.ts'

const file = (): string => join(cacheFolder(), 'throughput.json')

/** What earlier runs on this computer reached, for estimates only. */
export async function loadThroughput(): Promise<Throughput> {
  try {
    const { trainMacsPerS } = JSON.parse(await readFile(file(), 'utf8')) as { trainMacsPerS: unknown }
    if (typeof trainMacsPerS !== 'number' || !(trainMacsPerS > 0)) return defaultThroughput
    const factor = trainMacsPerS / defaultThroughput.trainMacsPerS
    return { trainMacsPerS, evaluateMacsPerS: defaultThroughput.evaluateMacsPerS * factor, source: 'earlier runs' }
  } catch {
    return defaultThroughput
  }
}

/** An estimate is a comfort: not being able to keep it must not fail a run. */
export async function storeThroughput(trainMacsPerS: number): Promise<void> {
  try {
    await mkdir(dirname(file()), { recursive: true })
    await writeFileAtomic(file(), JSON.stringify({ trainMacsPerS }))
  } catch {}
}
