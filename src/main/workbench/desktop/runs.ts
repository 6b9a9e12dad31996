import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { z } from 'zod'
import { headline } from '#common/charts/bestCuts.ts'
import { dataConfigSchema } from '#common/contract/config.ts'
import type { ModelProfile } from '#common/contract/modelProfile.ts'
import { modelProfileSchema } from '#common/contract/modelProfile.ts'
import { isModelVerb } from '#common/contract/models.ts'
import type { Comparison } from '#common/contract/result.ts'
import { comparisonSchema } from '#common/contract/result.ts'
import type { RunSummary } from '#common/contract/workbench.ts'
import { CodedError } from '#common/errors.ts'
import { readPreprocessing } from '../experiments/preprocessingFile.ts'
import { readSweep } from '../experiments/sweepFile.ts'
import type { RunRecord } from '../store/runFolder.ts'
import { readRecord } from '../store/runFolder.ts'
import { cooperativeFolder, listLive } from './liveRuns.ts'
import type { Summarised } from './summaries.ts'
import { readSummaries, writeSummaries } from './summaries.ts'

/** Summaries by runs folder and run, of files that have not changed since: a list must not parse every run again. */
const known = new Map<string, Map<string, Summarised>>()

/** The finished runs of a folder, newest first. Others get their turn between any two that have to be read. */
export async function listRuns(runsFolder: string): Promise<RunSummary[]> {
  const before = known.get(runsFolder) ?? readSummaries(runsFolder)
  const now = new Map<string, Summarised>()
  for (const name of runNames(runsFolder)) {
    const one = summarise(runsFolder, name, before.get(name))
    if (!one) continue
    now.set(name, one)
    if (one !== before.get(name)) await setImmediate()
  }
  known.set(runsFolder, now)
  if (now.size !== before.size || [...now].some(([name, one]) => one !== before.get(name))) {
    await writeSummaries(runsFolder, now)
  }
  const runs = [...now.values()].map(({ summary }) => summary)
  return runs.sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))
}

/** Names of everything that may be a finished run. */
export function runNames(runsFolder: string): string[] {
  try {
    return readdirSync(runsFolder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => entry.name)
  } catch {
    return []
  }
}

function summarise(runsFolder: string, name: string, before: Summarised | undefined): Summarised | undefined {
  const folder = join(runsFolder, name)
  const record = readRecord(folder)
  if (!record) return undefined
  const file = join(folder, resultFiles[record.verb] ?? 'comparison.json')
  // A verb without a result of its own changes with its record.
  const stat =
    statSync(file, { throwIfNoEntry: false }) ?? statSync(join(folder, 'run.json'), { throwIfNoEntry: false })
  // Live inference adds files to a run that is long finished.
  const more = statSync(join(folder, cooperativeFolder), { throwIfNoEntry: false })
  const stamp = `${stat?.mtimeMs} ${stat?.size}${more ? ` ${more.mtimeMs}` : ''}`
  if (before?.stamp === stamp) return before
  const { verb, command, startedAt } = record
  let summary: RunSummary = {
    id: name,
    verb,
    command,
    startedAt,
    durationS: record.workedS || null,
    profile: null,
    seed: null,
    network: null,
    dataset: null,
    frameworks: [],
    device: null,
    link: null,
    candidates: null,
    baselineAccuracy: null,
    best: null,
    problem: null,
    live: more ? listLive(folder) : [],
  }
  const describe = describers[verb]
  if (describe) {
    try {
      summary = { ...summary, ...describe(runsFolder, name) }
    } catch (error) {
      summary.problem = error instanceof Error ? error.message : String(error)
    }
  }
  if (isModelVerb(verb)) summary = { ...summary, ...describedModel(folder, record) }
  if (verb === 'preprocess') {
    try {
      const { dataset, cells } = readPreprocessing(folder)
      const best = Math.max(...cells.map(({ accuracy }) => accuracy))
      summary = { ...summary, dataset: dataset.name, ...(cells.length > 0 && { baselineAccuracy: best }) }
    } catch (error) {
      summary.problem = error instanceof Error ? error.message : String(error)
    }
  }
  if (verb === 'sweep') {
    try {
      const { network, dataset, baseline } = readSweep(folder)
      const { name, width } = network
      summary = { ...summary, network: { name, width }, dataset: dataset.name, baselineAccuracy: baseline.accuracy }
    } catch (error) {
      summary.problem = error instanceof Error ? error.message : String(error)
    }
  }
  return { stamp, summary }
}

const resultFiles: Readonly<Record<string, string>> = {
  compare: 'comparison.json',
  profile: 'profile.json',
  train: 'train.json',
  prune: 'prune.json',
  sweep: 'sweep.json',
  preprocess: 'preprocess.json',
}

/** What a list tells of a finished run, by its verb. */
const describers: Readonly<Record<string, (runsFolder: string, name: string) => Partial<RunSummary>>> = {
  compare: (runsFolder, name) => described(readComparisonOf(runsFolder, name)),
  profile: (runsFolder, name) => describedProfile(readProfileOf(runsFolder, name)),
}

const describedProfile = ({ run, model, device, link, cuts }: ModelProfile): Partial<RunSummary> => ({
  startedAt: run.startedAt,
  durationS: run.durationS,
  seed: run.seed,
  network: { name: model.file, width: 1 },
  device: device.name,
  link: link.name,
  candidates: cuts.length,
})

/** What a list says of a training or pruning: enough to choose its model. */
function describedModel(folder: string, { verb, config }: RunRecord): Partial<RunSummary> {
  const problem = { problem: `${verb}.json or model/network.json cannot be read` }
  try {
    const { data, seed } = configSchema.parse(config)
    const { accuracy } = resultSchema.parse(JSON.parse(readFileSync(join(folder, `${verb}.json`), 'utf8')))
    const { name, width } = networkSchema.parse(JSON.parse(readFileSync(join(folder, 'model', 'network.json'), 'utf8')))
    const dataset = data.source.kind === 'files' ? basename(data.source.path) : data.source.kind
    return { seed, network: { name, width }, dataset, baselineAccuracy: accuracy }
  } catch {
    return problem
  }
}

const configSchema = z.object({ data: dataConfigSchema, seed: z.number() })
const resultSchema = z.object({ accuracy: z.number() })
const networkSchema = z.object({ name: z.string(), width: z.number() })

const described = (comparison: Comparison): Partial<RunSummary> => {
  const { run, network, dataset, candidates, device, link, baseline } = comparison
  const { best } = headline(comparison, link.name)
  return {
    startedAt: run.startedAt,
    durationS: run.durationS,
    profile: run.profile,
    seed: run.seed,
    network: { name: network.name, width: network.width },
    dataset: dataset.name,
    frameworks: [...new Set(candidates.map(({ framework }) => framework))],
    device: device.name,
    link: link.name,
    candidates: candidates.length,
    baselineAccuracy: baseline.accuracy,
    best:
      best?.candidate && best.endToEnd
        ? {
            series: best.series.label,
            point: best.candidate.partitionPoint,
            ms: best.endToEnd.composedMs,
            accuracy: best.candidate.accuracy,
            payloadBytes: best.candidate.payloadBytes,
          }
        : null,
  }
}

/**
 * The folder of a run by the name that a door gave. Throws `unknown-name` for what is no folder directly below the runs
 * folder: names with separators, dots in front, and links that lead elsewhere.
 */
export function runFolderOf(runsFolder: string, name: string): string {
  const folder = join(runsFolder, name)
  if (/^[^./\\][^/\\\0]*$/.test(name)) {
    try {
      const real = realpathSync(folder)
      if (dirname(real) === realpathSync(runsFolder) && statSync(real).isDirectory()) return real
    } catch {
      // Not there: said below.
    }
  }
  throw new CodedError('unknown-name', `There is no run "${name}" in this workspace.`, 'It may have been deleted.')
}

export const readComparisonOf = (runsFolder: string, name: string): Comparison =>
  readResult(join(runFolderOf(runsFolder, name), 'comparison.json'), comparisonSchema, 'comparison')

export const readProfileOf = (runsFolder: string, name: string): ModelProfile =>
  readResult(join(runFolderOf(runsFolder, name), 'profile.json'), modelProfileSchema, 'profile')

function readResult<S extends z.ZodType>(file: string, schema: S, what: string): z.output<S> {
  let document: unknown
  try {
    document = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    throw new CodedError('bad-data', `${file} cannot be read as JSON.`, `Run the ${what} again.`)
  }
  const parsed = schema.safeParse(document)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw new CodedError(
    'bad-data',
    `${file} is not a ${what} of this version (${issue.path.join('.')}: ${issue.message}).`,
    `Run the ${what} again.`,
  )
}

export async function deleteRun(runsFolder: string, name: string): Promise<void> {
  const folder = runFolderOf(runsFolder, name)
  await rm(folder, { recursive: true, force: true })
  known.get(runsFolder)?.delete(name)
}
