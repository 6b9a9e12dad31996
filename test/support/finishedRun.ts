import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ModelProfile } from '#common/contract/modelProfile.ts'
import type { Comparison } from '#common/contract/result.ts'
import { writeProfileReports } from '../../src/main/workbench/reports/profile/write.ts'
import { writeReports } from '../../src/main/workbench/reports/write.ts'

/** A comparison as the folder of a finished run. */
export async function writeFinishedRun(folder: string, comparison: Comparison): Promise<void> {
  writeRecord(folder, comparison.run, 'compare')
  await writeReports(folder, comparison)
}

/** A profile, likewise. */
export async function writeFinishedProfile(folder: string, profile: ModelProfile): Promise<void> {
  writeRecord(folder, profile.run, 'profile')
  await writeProfileReports(folder, profile)
}

function writeRecord(folder: string, run: Comparison['run'] | ModelProfile['run'], verb: string): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, 'run.json'),
    JSON.stringify({
      protocol: 1,
      id: run.id,
      verb,
      configHash: run.configHash,
      command: run.command,
      startedAt: run.startedAt,
      workedS: run.durationS,
      resumed: 0,
      config: {},
    }),
  )
}
