import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { RunSummary } from '#common/contract/workbench.ts'
import { runSummarySchema } from '#common/contract/workbench.ts'
import { writeFileAtomic } from '../../../system/atomic.ts'

/** A summary, and the state of the comparison's file that it was made of. */
export interface Summarised {
  stamp: string
  summary: RunSummary
}

const fileName = '.summaries.json'
const fileSchema = z.object({
  protocol: z.literal(1),
  runs: z.record(z.string(), z.object({ stamp: z.string(), summary: runSummarySchema })),
})

/**
 * What an earlier process has read of the runs in this folder: hundreds of comparisons take seconds to parse. Only ever
 * believed where the stamp is still right; a file that is damaged or of another version is as good as none.
 */
export function readSummaries(runsFolder: string): Map<string, Summarised> {
  try {
    return new Map(Object.entries(fileSchema.parse(JSON.parse(readFileSync(join(runsFolder, fileName), 'utf8'))).runs))
  } catch {
    return new Map()
  }
}

/**
 * Where the folder cannot be written, the next process reads the runs again. Runs with a problem are not kept: another
 * version may be able to read them.
 */
export async function writeSummaries(runsFolder: string, runs: ReadonlyMap<string, Summarised>): Promise<void> {
  const kept = [...runs].filter(([, { summary }]) => summary.problem === null)
  const file = JSON.stringify({ protocol: 1, runs: Object.fromEntries(kept) })
  await writeFileAtomic(join(runsFolder, fileName), file).catch(() => {})
}
