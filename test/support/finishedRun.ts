import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Comparison } from '#common/contract/result.ts'
import { writeReports } from '../../src/main/workbench/reports/write.ts'

/** A comparison as the folder of a finished run. */
export async function writeFinishedRun(folder: string, comparison: Comparison): Promise<void> {
  const { run } = comparison
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, 'run.json'),
    JSON.stringify({
      protocol: 1,
      id: run.id,
      verb: 'compare',
      configHash: run.configHash,
      command: run.command,
      startedAt: run.startedAt,
      workedS: run.durationS,
      resumed: 0,
      config: {},
    }),
  )
  await writeReports(folder, comparison)
}
