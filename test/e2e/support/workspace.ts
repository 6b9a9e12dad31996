import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Comparison } from '#common/contract/result.ts'
import { writeReports } from '../../../src/main/workbench/reports/write.ts'

/** An empty folder that is gone when the tests are. */
export function newWorkspace(): string {
  const folder = mkdtempSync(join(tmpdir(), 'splitbench-e2e-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Puts a comparison into a workspace as a finished run. */
export async function storeRun(workspace: string, comparison: Comparison): Promise<void> {
  const { run } = comparison
  const folder = join(workspace, 'splitbench-runs', run.id)
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

export const readRun = (workspace: string, run: string): Comparison =>
  JSON.parse(readFileSync(join(workspace, 'splitbench-runs', run, 'comparison.json'), 'utf8'))
