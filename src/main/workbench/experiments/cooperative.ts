import { appendFileSync, existsSync, mkdirSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Link } from '#common/contract/config.ts'
import type { CooperativePoint } from '#common/contract/cooperativeResult.ts'
import { cooperativePointSchema } from '#common/contract/cooperativeResult.ts'
import type { Progress } from '#common/contract/job.ts'
import type { UntimedCandidate } from '#common/contract/result.ts'
import { splitSchema } from '#common/contract/split.ts'
import { CodedError } from '#common/errors.ts'
import type { CooperativeSeries } from '#common/latency/cooperative.ts'
import { answerWayMs, cooperativeFigures } from '#common/latency/cooperative.ts'
import { transmissionMs } from '#common/latency/transmission.ts'
import { answerBytes } from '#common/wire/answer.ts'
import { removeStaleTemps, writeFileAtomic } from '../../../system/atomic.ts'
import { sha256 } from '../../../system/hash.ts'
import type { DeployedSide, Device } from '../devices/device.ts'
import type { Inferences } from '../devices/inferenceCollector.ts'
import { calibrate } from '../devices/link/calibrate.ts'
import { openDataLink, wayBetween } from '../devices/link/dataLink.ts'
import { pushSide } from './pushSide.ts'

/** How long one candidate is worked on: so many seconds and inferences, in rounds of head alone, tail alone, together. */
export interface CooperativeRule {
  seconds: number
  minIterations: number
  rounds: number
  threads: number
}

export interface CooperativeRequest {
  /** The run's folder: candidates below it, raw samples kept in `cooperative/`. */
  folder: string
  candidates: readonly UntimedCandidate[]
  /** Names of the network's partition points, in order. */
  points: readonly string[]
  device: Device
  server: Device
  /** What the transmission is computed with; where `shaped`, what the bytes are paced to. */
  link: Link
  shaped: boolean
  rule: CooperativeRule
  /** Takes no finished point from before. */
  fresh?: boolean
  signal: AbortSignal
  onProgress(progress: Progress): void
  onLog(level: 'warn' | 'info', text: string): void
}

/** Runs before the first sample of every round: the connection, the caches and the clocks have woken up by then. */
const warmup = 3
/** Allowed on top of three times what the link's model expects: a slow board, a lost segment. */
const patienceMs = 20_000

/**
 * Real cooperative inference of every candidate over one link, composed beside measured. The parts are timed in the same
 * session, in turn with the inferences, so that drift hits both alike. Raw samples are appended as they arrive; a
 * finished point is not repeated when the same work is asked for again. Throws `check-failed` where the logits are not
 * the trainer's, and what the devices throw.
 */
export async function cooperateCandidates(request: CooperativeRequest): Promise<CooperativePoint[]> {
  const { folder, candidates, device, server, signal, onProgress } = request
  const store = join(folder, 'cooperative')
  mkdirSync(store, { recursive: true })
  await removeStaleTemps(store)
  const total = candidates.length * request.rule.rounds
  const began = performance.now()
  const say = (done: number, detail: string): void =>
    onProgress({
      ...{ phase: 'cooperate', title: 'Inferring together', unit: 'rounds', done, total, detail },
      etaS: etaOf((performance.now() - began) / 1000, done, total),
    })
  const heads = await pushSide(device, candidates, folder, 'head', signal, (detail) => say(0, detail))
  const tails = await pushSide(server, candidates, folder, 'tail', signal, (detail) => say(0, detail))
  const points: CooperativePoint[] = []
  for (const [index, candidate] of candidates.entries()) {
    const detail = `${nameOf(candidate)}, ${device.info.name} with ${server.info.name}`
    const onRound = (round: number): void => say(index * request.rule.rounds + round, detail)
    points.push(await cooperateOne(request, candidate, { heads, tails, store, onRound }))
  }
  say(total, '')
  return points
}

/** Seconds left at the pace so far; null before there is one. */
const etaOf = (elapsedS: number, done: number, total: number): number | null =>
  done === 0 ? null : (elapsedS / done) * (total - done)

const nameOf = ({ framework, step, partitionPoint, codec }: UntimedCandidate): string =>
  `${framework}${step ? ` ${step}` : ''} ${partitionPoint} ${codec}`

interface Place {
  heads: ReadonlyMap<string, string>
  tails: ReadonlyMap<string, string>
  store: string
  onRound(round: number): void
}

async function cooperateOne(
  { folder, points, device, server, link, shaped, rule, fresh, signal, onLog }: CooperativeRequest,
  candidate: UntimedCandidate,
  { heads, tails, store, onRound }: Place,
): Promise<CooperativePoint> {
  const { files, payloadBytes, headerBytes, partitionPoint } = candidate
  const split = splitSchema.parse(JSON.parse(await readFile(join(folder, files.split), 'utf8')))
  const { threads } = rule
  const side = (which: 'head' | 'tail', hashes: ReadonlyMap<string, string>): DeployedSide => ({
    side: which,
    model: hashes.get(join(folder, files[which]))!,
    check: hashes.get(join(folder, files.check))!,
    split,
    threads,
  })
  const head = side('head', heads)
  const tail = side('tail', tails)
  const shape = shaped ? link : null
  const where = [device, server].map(({ info }) => [info.name, info.kind, info.arch, info.cpu, info.runtime])
  const work = [candidate.id, head.model, tail.model, split, where, wayBetween(device, server), link, shaped, rule]
  const finished = join(store, `${sha256(JSON.stringify(work)).slice(0, 16)}.json`)
  if (!fresh && existsSync(finished)) {
    return cooperativePointSchema.parse(JSON.parse(await readFile(finished, 'utf8')).point)
  }
  const raw = finished.replace(/json$/, 'jsonl')
  await rm(raw, { force: true })
  const keep = (what: string, values: unknown): void => appendFileSync(raw, `${JSON.stringify({ [what]: values })}\n`)

  for (const [one, deployed] of [
    [device, head],
    [server, tail],
  ] as const) {
    const checked = await one.check(deployed, signal)
    if (!checked.ok) throw differs(one.info.name, candidate, `${checked.reason}`)
  }
  const advanceMs = shape ? await calibrate({ device, server, shape, payloadBytes }, signal) : 0
  const series: CooperativeSeries = {
    device: [],
    server: [],
    wholeMs: [],
    headMs: [],
    encodeMs: [],
    answerMs: [],
    serverMs: [],
  }
  const seen = { images: 0, others: 0, error: 0 }
  const bytes = payloadBytes + headerBytes
  const answerMs = 3 * (transmissionMs(bytes, link) + answerWayMs(link)) + patienceMs
  const share = { seconds: rule.seconds / rule.rounds, minIterations: Math.ceil(rule.minIterations / rule.rounds) }
  for (let round = 0; round < rule.rounds; round++) {
    onRound(round)
    // Half of the time for the whole, a quarter for each part.
    const alone = { ...share, seconds: share.seconds / 4 }
    for (const [one, deployed, into] of [
      [device, head, series.device],
      [server, tail, series.server],
    ] as const) {
      const timed = await one.time(deployed, alone, (batch) => keep(deployed.side, batch), signal)
      for (const [i, ms] of timed.modelMs.entries()) into.push(ms + timed.codecMs[i]!)
    }
    const dataLink = await openDataLink(
      { device, server, tail: { model: tail.model, split, threads }, shape, advanceMs, seed: round + 1 },
      signal,
    )
    try {
      const { session, token, dial } = dataLink
      const order = {
        ...{ session, token, dial, model: head.model, check: head.check, split, threads, answerMs, warmup },
        partition: Math.max(0, points.indexOf(partitionPoint)),
        seconds: share.seconds / 2,
        minIterations: share.minIterations,
      }
      const outcome = await device.cooperation
        .cooperate(order, (batch: Inferences) => keep('inferences', batch), signal)
        .catch(async (error) => {
          throw await realReason(error, server, dataLink, signal)
        })
      for (const name of Object.keys(outcome.samples) as (keyof Inferences)[]) {
        for (const ms of outcome.samples[name]) series[name].push(ms)
      }
      // A round may see fewer images than another.
      seen.images = Math.max(seen.images, outcome.images)
      seen.others = Math.max(seen.others, outcome.images - outcome.argmaxEqual)
      seen.error = Math.max(seen.error, outcome.error)
    } finally {
      const failure = await dataLink.close()
      if (failure !== null) onLog('warn', `${server.info.name}: ${failure}`)
    }
  }
  const agreement = { images: seen.images, argmaxEqual: seen.images - seen.others, error: seen.error }
  // A lossy codec changes features on purpose: what that costs was measured on the test images.
  if (!split.lossy) assertAgreement(agreement, split.features.type !== 'float32', device, candidate)
  const whole = [device.source, server.source].find((source) => source !== 'measured') ?? 'measured'
  const { id, framework, step, codec } = candidate
  const point: CooperativePoint = {
    ...{ id, framework, step, partitionPoint, codec, payloadBytes, headerBytes },
    answerBytes: answerBytes(split.classes) + headerBytes,
    ...cooperativeFigures(series, bytes, link, { device: device.source, server: server.source, whole }),
    agreement,
    calibrationMs: advanceMs,
  }
  await writeFileAtomic(finished, JSON.stringify({ point, samples: series }))
  await rm(raw, { force: true })
  return point
}

/** A data link that breaks says little; the server's own end says more. */
async function realReason(
  error: unknown,
  server: Device,
  dataLink: { close(): Promise<string | null> },
  signal: AbortSignal,
): Promise<unknown> {
  if (signal.aborted) return error
  const failure = await dataLink.close()
  try {
    await server.conditions(signal)
  } catch (gone) {
    return gone
  }
  if (failure === null) return error
  return new CodedError('protocol-violated', `The data link to ${server.info.name} ended: ${failure}`)
}

/** A code one level apart, which the check of the head allows, moves logits a little; float features do not. */
const tolerance = { float: 1e-3, codes: 5e-2 } as const

/** Throws `check-failed` where logits are not the trainer's. `codes`: whether features are sent as integers. */
export function assertAgreement(
  { images, argmaxEqual, error }: { images: number; argmaxEqual: number; error: number },
  codes: boolean,
  device: Device,
  candidate: UntimedCandidate,
): void {
  const allowed = codes ? tolerance.codes : tolerance.float
  if (argmaxEqual === images && error <= allowed) return
  const what =
    argmaxEqual < images
      ? `${images - argmaxEqual} of ${images} images get another class`
      : `logits differ by ${error.toPrecision(3)} of the largest; allowed is ${allowed}`
  throw differs(device.info.name, candidate, what)
}

const differs = (name: string, candidate: UntimedCandidate, reason: string): CodedError =>
  new CodedError(
    'check-failed',
    `Device ${name} computes something else than the trainer for ${nameOf(candidate)}: ${reason}.`,
    'Its times would mean nothing. Check the runtime on the device.',
  )
