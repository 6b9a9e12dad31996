import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Progress } from '#common/contract/job.ts'
import type { CutOutcome, ModelProfile, ProfileConfig } from '#common/contract/modelProfile.ts'
import { payloadForms } from '#common/contract/modelProfile.ts'
import type { DeviceInfo } from '#common/contract/result.ts'
import { Meter } from '#common/experiment/meter.ts'
import { bestByRate, bestCut, cutOverLink } from '#common/latency/cutRates.ts'
import { comparedLinks } from '#common/latency/links.ts'
import { titleOfProfile } from '#common/latency/profileWords.ts'
import { givenRule, profileRule } from '#common/measurement/profileRule.ts'
import { describeRule } from '#common/measurement/rule.ts'
import type { TimingRule } from '#common/measurement/timingLoop.ts'
import type { Device } from '../../devices/device.ts'
import { requireInputType } from '../../devices/inputTypes.ts'
import { writeProfileReportsApart } from '../../reports/apart.ts'
import { configHash } from '../../store/configHash.ts'
import { startTrainer } from '../../trainer/process.ts'
import type { Contact } from '../ends.ts'
import { endsOf, nameEnds } from '../ends.ts'
import type { JobContext, JobWatch } from '../job.ts'
import { runJob } from '../job.ts'
import { appVersion } from '../versions.ts'
import type { TimedSide } from './timeCuts.ts'
import { blocksOf, timeCuts } from './timeCuts.ts'
import { writeWholePart } from './wholePart.ts'

export interface ProfileOptions extends JobWatch, Contact {
  config: ProfileConfig
  command: string
  out: string | undefined
  fresh: boolean
  cwd: string
  signal: AbortSignal
}

/** What the parts of a profile take of about a minute; the meter corrects it by what they really take. */
const plan = [
  { phase: 'device', title: 'Reaching the device', seconds: 2 },
  { phase: 'cut', title: 'Cutting the model', seconds: 8 },
  { phase: 'send heads', title: 'Sending heads', seconds: 4 },
  { phase: 'time', title: 'Timing heads and tails', seconds: 46 },
  { phase: 'report', title: 'Writing the report', seconds: 1 },
]

/**
 * Any ONNX model, cut at its partition points: heads checked and timed on the device, tails on the server, the best cut
 * for every link. A finished run with profile.json, report.html and report.csv, and head and tail of the best cuts.
 */
export async function profileModel(options: ProfileOptions): Promise<{ profile: ModelProfile; folder: string }> {
  const { config } = options
  const named = nameEnds({ ...config, gamma: null })
  const { result, folder } = await runJob(
    { ...options, title: titleOfProfile(config), verb: 'profile', configHash: configHash(config) },
    (job) => leavingNoModels(job, () => work(job, options, named)),
  )
  return { profile: result, folder }
}

async function work(
  job: JobContext,
  options: ProfileOptions,
  named: ReturnType<typeof nameEnds>,
): Promise<ModelProfile> {
  const { config } = options
  const meter = new Meter(plan, () => performance.now())
  const emit = (progress: Progress): void => job.log.emit({ kind: 'progress', progress: meter.update(progress) })
  const note = (text: string): void => job.log.emit({ kind: 'log', level: 'warn', text })
  const ends = endsOf(named, options, job.signal, emit, note)
  const device = await ends.connectDevice()
  try {
    const server = await ends.connectServer()
    try {
      const outcome = await cut(job, config, emit)
      for (const end of [device, server]) requireInputType(end, outcome.model.input.type)
      return await timeAndCompose(job, config, outcome, { device, server, emit })
    } finally {
      await server.close()
    }
  } finally {
    await device.close()
  }
}

/** Heads and tails are large and made again in seconds: what ends early does not keep them. */
async function leavingNoModels<T>({ run }: JobContext, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    for (const part of ['cuts', 'timings']) await rm(join(run.working, part), { recursive: true, force: true })
    throw error
  }
}

async function cut(job: JobContext, config: ProfileConfig, emit: (progress: Progress) => void): Promise<CutOutcome> {
  const trainer = startTrainer(job.signal)
  try {
    trainer.client.on('progress', emit)
    trainer.client.on('log', ({ level, text }) => job.log.emit({ kind: 'log', level, text }))
    return await trainer.client.request('cut', { folder: job.run.working, config }, job.signal)
  } finally {
    await trainer.stop()
  }
}

interface Ends {
  device: Device
  server: Device
  emit(progress: Progress): void
}

async function timeAndCompose(
  job: JobContext,
  config: ProfileConfig,
  outcome: CutOutcome,
  { device, server, emit }: Ends,
): Promise<ModelProfile> {
  const { run, log, signal } = job
  const { cuts, weights, wholeMs } = outcome
  const rule = config.timeS === null ? profileRule(2 * cuts.length, wholeMs) : givenRule(config.timeS)
  log.emit({
    kind: 'log',
    level: 'info',
    text: `Timing: ${describeRule(rule)}, ${2 * cuts.length} heads and tails in turns.`,
  })
  const request = {
    ...{
      folder: run.working,
      cuts,
      weights,
      rule,
      threads: config.threads,
      seed: config.seed,
      signal,
      onProgress: emit,
    },
    onLog: (level: 'warn' | 'info', text: string) => log.emit({ kind: 'log', level, text }),
  }
  const blocks = blocksOf(cuts.length, rule)
  const heads = await timeCuts('head', device, request, blocks)
  const tails = await timeCuts('tail', server, request, blocks)
  emit({ phase: 'report', title: 'Writing the report', unit: 'files', done: 0, total: 1 })
  const { size } = await stat(config.model)
  const composed = compose(job, config, outcome, { rule, heads, tails, bytes: size, versions: await versions(server) })
  const profile = await keepBest(run.working, composed, outcome)
  return writeProfileReportsApart(run.working, profile)
}

const versions = async (server: Device): Promise<Record<string, string>> => ({
  splitbench: await appVersion(),
  node: process.version,
  runtime: server.info.runtime,
})

interface Measured {
  rule: TimingRule
  heads: { sides: TimedSide[]; info: DeviceInfo }
  tails: { sides: TimedSide[]; info: DeviceInfo }
  bytes: number
  versions: Record<string, string>
}

function compose(
  { run, workedS }: JobContext,
  config: ProfileConfig,
  outcome: CutOutcome,
  { rule, heads, tails, bytes, versions: used }: Measured,
): ModelProfile {
  const links = comparedLinks(config.link)
  const cuts = outcome.cuts.map(
    ({ files: _files, weightBytes: _weightBytes, ...untimed }, index): ModelProfile['cuts'][number] => {
      const [head, tail] = [heads.sides[index]!, tails.sides[index]!]
      const timed = { ...untimed, deviceMs: head.time, serverMs: tail.time }
      return {
        ...timed,
        headError: head.error,
        tailError: tail.error,
        byLink: Object.fromEntries(
          links.map((link) => [
            link.name,
            { float32: cutOverLink(timed, link, 'float32'), uint8: cutOverLink(timed, link, 'uint8') },
          ]),
        ),
        files: null,
      }
    },
  )
  const best = (link: (typeof links)[number], form: (typeof payloadForms)[number]) => {
    const { cut: one, composedMs } = bestCut(cuts, link, form)
    return { point: one.point, composedMs }
  }
  return {
    protocol: 1,
    run: {
      id: run.record.id,
      seed: config.seed,
      command: run.record.command,
      configHash: run.record.configHash,
      versions: used,
      startedAt: run.record.startedAt,
      durationS: workedS(),
    },
    model: { ...outcome.model, file: basename(config.model), bytes, hash: config.modelHash },
    device: heads.info,
    server: tails.info,
    link: config.link,
    timing: { ...rule, threads: config.threads, rule: describeRule(rule), chosen: config.timeS === null },
    found: outcome.found,
    skipped: outcome.skipped,
    layers: outcome.layers,
    cuts,
    best: links.map((link) => ({ link, float32: best(link, 'float32'), uint8: best(link, 'uint8') })),
    byRate: { float32: bestByRate(cuts, 'float32'), uint8: bestByRate(cuts, 'uint8') },
    report: { html: 'report.html', csv: 'report.csv', json: 'profile.json' },
  }
}

/**
 * Head and tail of the cuts that are best over some link stay, as `best/<n>/`, each with its weights inside; the others the
 * same command makes again. At `input` and `output` one side is the model itself.
 */
async function keepBest(folder: string, profile: ModelProfile, outcome: CutOutcome): Promise<ModelProfile> {
  const wanted = new Set(profile.best.flatMap((one) => payloadForms.map((form) => one[form].point)))
  const cuts: ModelProfile['cuts'] = []
  for (const [index, one] of profile.cuts.entries()) {
    if (!wanted.has(one.point) || one.point === 'input' || one.point === 'output') {
      cuts.push(one)
      continue
    }
    const from = outcome.cuts[index]!.files
    const place = join('best', String(index).padStart(2, '0'))
    const named = (name: string): string => join(folder, place, name)
    await mkdir(join(folder, place), { recursive: true })
    const weights = outcome.weights && join(folder, outcome.weights.file)
    for (const side of ['head', 'tail'] as const) {
      await writeWholePart(join(folder, from[side]), weights, named(`${side}.onnx`))
    }
    await rename(join(folder, from.check), named('check.safetensors'))
    await rename(join(folder, from.split), named('split.json'))
    cuts.push({ ...one, files: { head: `${place}/head.onnx`, tail: `${place}/tail.onnx` } })
  }
  await rm(join(folder, 'cuts'), { recursive: true, force: true })
  return { ...profile, cuts }
}
