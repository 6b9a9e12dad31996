import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ModelProfile } from '#common/contract/modelProfile.ts'
import type { Comparison } from '#common/contract/result.ts'
import { writeFinishedProfile, writeFinishedRun } from '../../support/finishedRun.ts'

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
  await writeFinishedRun(folder, comparison)
}

/** Puts a profile into a workspace as a finished run. */
export const storeProfile = (workspace: string, profile: ModelProfile): Promise<void> =>
  writeFinishedProfile(join(workspace, 'splitbench-runs', profile.run.id), profile)

export const readRun = (workspace: string, run: string): Comparison =>
  JSON.parse(readFileSync(join(workspace, 'splitbench-runs', run, 'comparison.json'), 'utf8'))
