import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LiveRun } from '#common/contract/liveRun.ts'
import type { ModelProfile } from '#common/contract/modelProfile.ts'
import type { Comparison } from '#common/contract/result.ts'
import type { Sweep } from '#common/contract/sweep.ts'
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

/** Puts live inference with a stored comparison's candidates beside it, under its time. Returns its name. */
export function storeLive(workspace: string, live: LiveRun): string {
  const name = `live-${live.startedAt.replace(/[^\d]/g, '').slice(0, 14)}`
  const folder = join(workspace, 'splitbench-runs', live.run.id, 'cooperative')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(live))
  return name
}

/** Puts a finished sweep (over criteria, over pre-processing) into a workspace, as the command of its verb leaves it. */
export function storeSweep(workspace: string, verb: 'sweep' | 'preprocess', document: { run: Sweep['run'] }): void {
  const { id, command, startedAt, durationS, configHash } = document.run
  const folder = join(workspace, 'splitbench-runs', id)
  mkdirSync(folder, { recursive: true })
  const record = { protocol: 1, id, verb, configHash, command, startedAt, workedS: durationS, resumed: 0, config: {} }
  writeFileSync(join(folder, 'run.json'), JSON.stringify(record))
  writeFileSync(join(folder, `${verb}.json`), JSON.stringify(document))
}

/** `count` copies of a comparison as finished runs, a minute apart, without their reports. */
export function storeRuns(workspace: string, comparison: Comparison, count: number): void {
  const begun = Date.parse(comparison.run.startedAt)
  for (let index = 0; index < count; index++) {
    const id = `run-${String(index).padStart(4, '0')}`
    const startedAt = new Date(begun - (index + 1) * 60_000).toISOString()
    const folder = join(workspace, 'splitbench-runs', id)
    mkdirSync(folder, { recursive: true })
    const { command, configHash, durationS } = comparison.run
    const record = {
      protocol: 1,
      id,
      verb: 'compare',
      configHash,
      command,
      startedAt,
      workedS: durationS,
      resumed: 0,
      config: {},
    }
    writeFileSync(join(folder, 'run.json'), JSON.stringify(record))
    writeFileSync(
      join(folder, 'comparison.json'),
      JSON.stringify({ ...comparison, run: { ...comparison.run, id, startedAt } }),
    )
  }
}

export const readRun = (workspace: string, run: string): Comparison =>
  JSON.parse(readFileSync(join(workspace, 'splitbench-runs', run, 'comparison.json'), 'utf8'))
