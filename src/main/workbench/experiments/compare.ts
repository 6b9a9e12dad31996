import { existsSync, mkdirSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { CompareConfig } from '#common/contract/config.ts'
import type { Progress } from '#common/contract/job.ts'
import type { Comparison } from '#common/contract/result.ts'
import { fullCommand } from '#common/experiment/fullCommand.ts'
import { Meter } from '#common/experiment/meter.ts'
import { sideOf } from '#common/experiment/shares.ts'
import { ruleName } from '#common/measurement/rule.ts'
import { withVerdicts } from '#common/measurement/verdicts.ts'
import { totalCost } from '#common/network/cost.ts'
import { composeComparison } from '../comparison/compose.ts'
import { titleOf } from '../desktop/jobSpec.ts'
import type { Device } from '../devices/device.ts'
import { writeReportsApart } from '../reports/apart.ts'
import { baselineCandidate } from '../reports/baseline.ts'
import { configHash } from '../store/configHash.ts'
import type { Contact } from './ends.ts'
import { endsOf, nameEnds } from './ends.ts'
import type { JobContext, JobWatch } from './job.ts'
import { runJob } from './job.ts'
import { timeLayers } from './layerTiming.ts'
import { networkOfConfig } from './network.ts'
import { sharedPlan } from './planFor.ts'
import { storeThroughput } from './throughput.ts'
import { timeCandidates } from './timing.ts'
import { energyOfCandidates, measureTogether } from './together.ts'
import { trainCandidates } from './trainCandidates.ts'
import { appVersion } from './versions.ts'

export interface CompareOptions extends JobWatch, Contact {
  config: CompareConfig
  command: string
  out: string | undefined
  fresh: boolean
  cwd: string
  signal: AbortSignal
}

/** The main job: train, prune, split, export, time on the device, compare, report. Resumes what was interrupted. */
export async function compare(options: CompareOptions): Promise<{ comparison: Comparison; folder: string }> {
  const { config } = options
  const named = nameEnds(config)
  const title = titleOf(config)
  const { result, folder } = await runJob(
    { ...options, title, verb: 'compare', configHash: configHash(config) },
    async (job) => {
      const { emit, throughput, shares } = await progressOf(job, config)
      const warn = (text: string): void => job.log.emit({ kind: 'log', level: 'warn', text })
      const ends = endsOf(named, options, job.signal, emit, warn)
      await ends.greet()
      const trained = await trainCandidates(job, config, ends, shares, { emit, learn: throughput })
      const device = await ends.connectDevice()
      try {
        const server = await ends.connectServer()
        try {
          const timed = await timeCandidates({
            folder: job.run.working,
            candidates: trained.candidates,
            device,
            server,
            timing: config.timing,
            seed: config.seed,
            signal: job.signal,
            onProgress: emit,
            onLog: (level, text) => job.log.emit({ kind: 'log', level, text }),
          })
          const request = {
            ...{ folder: job.run.working, config, candidates: trained.candidates, device, server },
            signal: job.signal,
            onProgress: emit,
            onLog: (level: 'warn' | 'info', text: string) => job.log.emit({ kind: 'log', level, text }),
          }
          const together = await measureTogether(request)
          const energy = await energyOfCandidates({ ...request, times: timed.times })
          emit({ phase: 'report', title: 'Writing the report', unit: 'files', done: 0, total: 1 })
          const layerTimes = config.gamma === null ? await layersOf(job, config, trained, timed, device) : null
          return await finish(job, config, trained, timed, { layerTimes, together, energy })
        } finally {
          await server.close()
        }
      } finally {
        await device.close()
      }
    },
  )
  return { comparison: result, folder }
}

/** Progress of phases becomes progress of the whole job with an ETA, and teaches how fast this computer is. */
async function progressOf({ log }: JobContext, config: CompareConfig) {
  const network = networkOfConfig(config.network)
  const { plan, shares } = await sharedPlan(config, network)
  const meter = new Meter(
    plan,
    () => performance.now(),
    (phase) => shares && sideOf(phase, shares),
  )
  const emit = (progress: Progress): void => log.emit({ kind: 'progress', progress: meter.update(progress) })
  let first: { at: number; done: number } | undefined
  const throughput = (progress: Progress): void => {
    // Weights that come trained are only tested: that says nothing of training.
    if (progress.phase !== 'baseline' || progress.unit !== 'epochs' || progress.reused) return
    first ??= { at: performance.now(), done: progress.done }
    if (progress.done !== progress.total || progress.done - first.done < 1) return
    const images = (progress.done - first.done) * (config.data.trainImages ?? 0)
    const seconds = (performance.now() - first.at) / 1000
    if (images > 0) void storeThroughput((images * totalCost(network).macs) / seconds)
  }
  return { emit, throughput, shares }
}

type Trained = Awaited<ReturnType<typeof trainCandidates>>

function layersOf(
  { run, signal, log }: JobContext,
  config: CompareConfig,
  { candidates, dataset }: Trained,
  { times }: Awaited<ReturnType<typeof timeCandidates>>,
  device: Device,
): Promise<Comparison['layerTimes']> {
  return timeLayers({
    folder: run.working,
    candidates,
    times,
    network: networkOfConfig(config.network, dataset),
    device,
    timing: config.timing,
    signal,
    onLog: (level, text) => log.emit({ kind: 'log', level, text }),
  })
}

async function finish(
  { run, workedS }: JobContext,
  config: CompareConfig,
  { about, candidates, ...trained }: Trained,
  { times, device, server }: Awaited<ReturnType<typeof timeCandidates>>,
  {
    layerTimes,
    together,
    energy,
  }: {
    layerTimes: Comparison['layerTimes']
    together: Awaited<ReturnType<typeof measureTogether>>
    energy: Awaited<ReturnType<typeof energyOfCandidates>>
  },
): Promise<Comparison> {
  const measuredMs = new Map(together?.points.map(({ id, measuredMs }) => [id, measuredMs.median]))
  const composed: Comparison = {
    protocol: 1,
    run: {
      id: run.record.id,
      seed: config.seed,
      profile: config.profile,
      command: run.record.command,
      fullCommand: fullCommand(run.record.command, config),
      recipe: recipeOf(config),
      configHash: run.record.configHash,
      versions: { splitbench: await appVersion(), node: process.version, ...about.versions, runtime: server.runtime },
      fingerprint: about.fingerprint,
      startedAt: run.record.startedAt,
      durationS: workedS(),
      resumed: run.record.resumed,
    },
    ...trained,
    maxLoss: config.maxLoss,
    allowEmulated: config.allowEmulated,
    device,
    server,
    link: config.link,
    gamma: config.gamma,
    timing: { ...config.timing, rule: ruleName(config.timing) },
    candidates: composeComparison(candidates, times, config, { measuredMs, energy }),
    layerTimes,
    together: together?.about ?? null,
    report: { html: 'report.html', csv: 'report.csv', json: 'comparison.json' },
  }
  const rounds = new Map([...times].flatMap(([id, one]) => (one.rounds ? [[id, one.rounds] as const] : [])))
  const comparison = withVerdicts(composed, rounds, baselineCandidate(composed)?.id ?? null)
  await writeReportsApart(run.working, comparison)
  await keepModels(run.working)
  return comparison
}

const recipeOf = ({ points, training, twoStep, codec, auto }: CompareConfig): Comparison['run']['recipe'] => ({
  ...{ points, training, twoStep, codec, auto },
})

/** A finished run keeps its baseline; the steps on the way there are of no more use. */
async function keepModels(folder: string): Promise<void> {
  const baseline = join(folder, 'stages', 'baseline')
  if (existsSync(baseline)) {
    mkdirSync(join(folder, 'models'), { recursive: true })
    await rename(baseline, join(folder, 'models', 'baseline'))
  }
  await rm(join(folder, 'stages'), { recursive: true, force: true })
}
