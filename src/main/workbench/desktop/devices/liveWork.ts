import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Link } from '#common/contract/config.ts'
import { checkTensors } from '#common/contract/inference.ts'
import type { LiveConfig, LiveLook, Pictures } from '#common/contract/live.ts'
import type { Candidate, Comparison } from '#common/contract/result.ts'
import { CodedError } from '#common/errors.ts'
import { parsePoints } from '#common/experiment/names.ts'
import { decodeSafetensors } from '#common/formats/safetensors.ts'
import { composedSource } from '#common/latency/compose.ts'
import { lookOf } from '#common/latency/liveSummary.ts'
import type { Wish } from '#common/selection/decide.ts'
import { worthDeploying } from '#common/selection/deployable.ts'
import { describePlaced, placing } from '#common/selection/placed.ts'
import { parseObjective } from '#common/selection/quantities.ts'
import { parseQuery } from '#common/selection/query.ts'
import type { Device } from '../../devices/device.ts'
import { runLive } from '../../experiments/live.ts'
import type { EventLog } from '../../jobs/eventLog.ts'
import { changingLink } from '../../links/changing.ts'
import { listLinks } from '../../links/store.ts'
import { readComparisonOf, runFolderOf } from '../runs.ts'

export interface PlannedLive {
  comparison: Comparison
  folder: string
  candidates: readonly Candidate[]
  wish: Omit<Wish, 'assumptions'>
  shapeAt(seconds: number): Link | null
}

/** What a request for live inference means. Throws before anything is opened where it means nothing. */
export function planLive(runsFolder: string, config: LiveConfig): PlannedLive {
  const comparison = readComparisonOf(runsFolder, config.run)
  const wish = {
    terms: parseQuery(config.where, placing(comparison).known),
    objective: parseObjective(config.objective),
    radio: comparison.link.name,
  }
  return {
    comparison,
    folder: runFolderOf(runsFolder, config.run),
    candidates: candidatesOf(comparison, config.points, wish),
    wish,
    shapeAt: changingLink(config.link ?? undefined, config.changes, listLinks()),
  }
}

function candidatesOf(
  comparison: Comparison,
  points: readonly string[] | null,
  wish: Omit<Wish, 'assumptions'>,
): readonly Candidate[] {
  if (points === null) return worthDeploying(comparison, wish)
  const there = [...new Set(comparison.candidates.map(({ partitionPoint }) => partitionPoint))]
  const wanted = parsePoints(points.join(','), there)
  return comparison.candidates.filter(({ partitionPoint }) => wanted?.includes(partitionPoint) ?? true)
}

/** What a stop leaves to be done (the ends' conditions, the file) has so long. */
const graceMs = 3500

/**
 * Infers live between a device and a server, and tells what happens. Ended by its user it stores what it has: the signal
 * breaks off the turn that goes on, and where what is left takes too long, everything.
 */
export async function workLive(
  planned: PlannedLive,
  config: LiveConfig,
  ends: { device: Device; server: Device },
  log: EventLog,
  signal: AbortSignal,
): Promise<void> {
  const hard = new AbortController()
  let inferring = false
  let timer: NodeJS.Timeout | undefined
  const stop = (): void => {
    if (inferring) timer = setTimeout(() => hard.abort(), graceMs)
    else hard.abort()
  }
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    const { result, file } = await runLive({
      ...planned,
      ...ends,
      ...{ allowEmulated: config.allowEmulated, turnS: config.turnS, threads: config.threads },
      goesOn: (seconds) => seconds < config.forS && !signal.aborted,
      signal: hard.signal,
      enough: signal,
      onProgress: (progress) => log.emit({ kind: 'progress', progress }),
      onTurn(turn, chosen) {
        inferring = true
        const { deviceMs, serverMs } = chosen.candidate
        const source = deviceMs && serverMs ? composedSource(deviceMs, serverMs) : 'measured'
        const look = lookOf(turn, { title: describePlaced(chosen), source })
        log.emit({ kind: 'look', look })
        log.emit({ kind: 'progress', progress: progressOf(look, config.forS) })
      },
      onSight: (sight, { id }) => log.emit({ kind: 'sight', run: config.run, candidate: id, sight }),
    })
    const images = result.turns.reduce((sum, { messages }) => sum + messages.wholeMs.length, 0)
    const text = `${images} images; stored with every message: ${file} in the run's folder.`
    log.emit({ kind: 'log', level: 'info', text })
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

function progressOf({ atS, title, wholeMs }: LiveLook, forS: number) {
  const [done, etaS] = [Math.min(atS, forS), Math.max(0, forS - atS)]
  const detail = `${title}, ${wholeMs.toPrecision(3)} ms`
  return { phase: 'live', title: 'Inferring', unit: 's', done, total: forS, detail, share: done / forS, etaS }
}

/** The images of a candidate's check set, which live inference goes through; null where its input is no picture. */
export async function picturesOf(runsFolder: string, run: string, candidate: string): Promise<Pictures | null> {
  const one = readComparisonOf(runsFolder, run).candidates.find(({ id }) => id === candidate)
  if (!one) throw new CodedError('unknown-name', `There is no candidate "${candidate}" in this run.`)
  const { tensors } = decodeSafetensors(await readFile(join(runFolderOf(runsFolder, run), one.files.check)))
  const images = tensors.get(checkTensors.images)
  if (!images || !(images.data instanceof Uint8Array) || images.shape.length !== 4) return null
  const [count, channels, height, width] = images.shape as [number, number, number, number]
  return channels === 1 || channels === 3
    ? { count, channels, height, width, pixels: Uint8Array.from(images.data) }
    : null
}
