import { existsSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { JobEvent } from '#common/contract/job.ts'
import type { Sweep, SweepConfig, SweepResult } from '#common/contract/sweep.ts'
import { chooseDepths } from '#common/experiment/depths.ts'
import { Meter } from '#common/experiment/meter.ts'
import type { PlanItem } from '#common/experiment/plan.ts'
import { planSweep } from '#common/experiment/sweepPlan.ts'
import { totalCost } from '#common/network/cost.ts'
import type { Network } from '#common/network/graph.ts'
import { prunableLayers } from '#common/network/prunable.ts'
import { configHash } from '../store/configHash.ts'
import { readRecord } from '../store/runFolder.ts'
import { startTrainer } from '../trainer/process.ts'
import { growingRecord } from './growingRecord.ts'
import { runJob } from './job.ts'
import { sweepFile } from './sweepFile.ts'
import { loadThroughput } from './throughput.ts'

export interface SweepOptions {
  config: SweepConfig
  network: Network
  /** The record of an equal sweep that this one continues. */
  known?: Sweep | undefined
  command: string
  out: string | undefined
  fresh: boolean
  cwd: string
  signal: AbortSignal
  watch(event: JobEvent): void
}

/** A sweep over criteria as a job. `sweep.json` lies in its folder from the first criterion on, and grows. */
export async function sweep(options: SweepOptions): Promise<{ result: Sweep; folder: string }> {
  const { config, network, known } = options
  const title = `Sweep ${config.criteria.length} criteria on ${network.name}`
  return runJob({ ...options, title, verb: 'sweep', configHash: configHash(config) }, async (job) => {
    const { run, log, signal } = job
    const meter = new Meter(await sweepPlanOf(config, network), () => performance.now())
    const trainer = startTrainer(signal)
    try {
      const { document, write } = await growingRecord<SweepResult>(job, trainer, {
        file: sweepFile,
        threads: config.threads,
      })
      trainer.client.on('progress', (progress) => log.emit({ kind: 'progress', progress: meter.update(progress) }))
      trainer.client.on('log', ({ level, text }) => log.emit({ kind: 'log', level, text }))
      trainer.client.on('sweep', (result) => void write(result))
      const result = await trainer.client.request('sweep', { folder: run.working, config, known }, signal)
      await write(result)
      await rm(join(run.working, 'stages'), { recursive: true, force: true })
      return document(result)
    } finally {
      await trainer.stop()
    }
  })
}

/** The parts of a sweep and how long they take on this computer, seconds. */
export async function sweepPlanOf(config: SweepConfig, network: Network): Promise<PlanItem[]> {
  const depths = chooseDepths(prunableLayers(network), config.depths).length
  const testImages = config.data.testImages ?? 10_000
  return planSweep(config, { macs: totalCost(network).macs, depths, testImages }, await loadThroughput())
}

/** Cells that an interrupted run of the same configuration has finished. */
export function finishedCells(config: SweepConfig, { out, cwd }: { out: string | undefined; cwd: string }): number {
  const shelf = join(out ? dirname(resolve(cwd, out)) : join(cwd, 'splitbench-runs'), '.running')
  if (!existsSync(shelf)) return 0
  const wanted = configHash(config)
  const same = readdirSync(shelf).filter((name) => {
    const record = readRecord(join(shelf, name))
    return record?.verb === 'sweep' && record.configHash === wanted && (!out || name === basename(resolve(cwd, out)))
  })
  return Math.max(
    0,
    ...same.map((name) => {
      const stages = join(shelf, name, 'stages')
      return existsSync(stages) ? readdirSync(stages).filter((file) => file.startsWith('cell+')).length : 0
    }),
  )
}
