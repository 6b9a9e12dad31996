import { appendFileSync, mkdirSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Link } from '#common/contract/config.ts'
import type { Progress } from '#common/contract/job.ts'
import type { Sight } from '#common/contract/live.ts'
import type { LiveRun, LiveTurn } from '#common/contract/liveRun.ts'
import type { Candidate, Comparison } from '#common/contract/result.ts'
import type { Split } from '#common/contract/split.ts'
import { splitSchema } from '#common/contract/split.ts'
import { CodedError } from '#common/errors.ts'
import { composedSource } from '#common/latency/compose.ts'
import type { LinkFit } from '#common/latency/linkFit.ts'
import { transmissionMs } from '#common/latency/transmission.ts'
import { toTime } from '#common/measurement/time.ts'
import type { Wish } from '#common/selection/decide.ts'
import { leftOutWords, sendsBytes } from '#common/selection/deployable.ts'
import type { Placed } from '#common/selection/placed.ts'
import { placing } from '#common/selection/placed.ts'
import { formatQuery } from '#common/selection/query.ts'
import { Reselection } from '#common/selection/reselection.ts'
import { frameHeaderBytes } from '#common/wire/header.ts'
import { writeFileAtomic } from '../../../system/atomic.ts'
import type { DeployedSide, Device } from '../devices/device.ts'
import { openDataLink, wayBetween } from '../devices/link/dataLink.ts'
import { assertAgreement } from './cooperative.ts'
import { bothConditions, networkPoints } from './cooperativeRun.ts'
import { lookAtLink } from './linkLook.ts'
import { pushSide } from './pushSide.ts'

export interface LiveRequest {
  /** The run's folder; `candidates` are those of its comparison that are deployed, but for those that send symbols. */
  folder: string
  comparison: Comparison
  candidates: readonly Candidate[]
  device: Device
  server: Device
  wish: Omit<Wish, 'assumptions'>
  allowEmulated: boolean
  /** What the bytes are paced to, so many seconds after the first look; null: the link as it is. */
  shapeAt(seconds: number): Link | null
  /** Asked after every turn, with the seconds since the first look. */
  goesOn(seconds: number): boolean
  /** From one look at the link to the next. */
  turnS: number
  threads: number
  signal: AbortSignal
  /** Breaks off the turn that goes on, if it is not the first one; what came before it is stored. */
  enough?: AbortSignal
  onProgress(progress: Progress): void
  onTurn(turn: LiveTurn, chosen: Placed): void
  /** What came of an image, about ten times a second. */
  onSight?(sight: Sight, candidate: Candidate): void
}

/** Head and tail are timed alone so long before the first look. */
const aloneRule = { seconds: 0.3, minIterations: 10 } as const
/** Patience with one answer beyond three times what the link should take. */
const patienceMs = 20_000

interface Deployed {
  candidate: Candidate
  split: Split
  head: DeployedSide
  tail: DeployedSide
}

/**
 * Cooperative inference with re-selection: heads and tails of the candidates are brought to device and server, checked
 * and timed alone there; then, in turns, the link is measured, one candidate is selected under it (with hysteresis), and
 * images are inferred with it. Nothing is trained or timed again. Raw messages are appended to the run's folder
 * `cooperative/` as they come; the whole is stored there in the end. Throws `nothing-fits` where no candidate fits the
 * limits at the first look or none sends bytes, `check-failed`, and what the devices throw.
 */
export async function runLive(asked: LiveRequest): Promise<{ result: LiveRun; file: string }> {
  const request = { ...asked, candidates: sendingBytes(asked.candidates) }
  const { folder, comparison, candidates, device, server, wish, signal } = request
  const startedAt = new Date().toISOString()
  const deployed = await deploy(request)
  const timed = await timeAlone(request, deployed)
  const base = placing({ ...comparison, candidates: timed, gamma: null }, request.allowEmulated)
  const reselection = new Reselection(base, wish)
  const name = `live-${startedAt.replace(/[^\d]/g, '').slice(0, 14)}`
  mkdirSync(join(folder, 'cooperative'), { recursive: true })
  const raw = join(folder, 'cooperative', `${name}.jsonl`)
  const points = networkPoints(comparison.network.name)
  const turns: LiveTurn[] = []
  const before = await bothConditions(device, server, signal)
  // The first messages of all wake up both ends, and would make the link look slow.
  await measureLink(request, request.shapeAt(0))
  const began = performance.now()
  const elapsedS = (): number => (performance.now() - began) / 1000
  const oneTurn = async (request: LiveRequest): Promise<void> => {
    const atS = elapsedS()
    const shape = request.shapeAt(atS)
    const link = await measureLink(request, shape)
    const { current, reason, decision } = reselection.look(link)
    if (!current) {
      const [what = 'Nothing fits.', ...more] = decision.explanation
      throw new CodedError('nothing-fits', what, more.join('\n    ') || undefined)
    }
    const one = deployed.find(({ candidate }) => candidate.id === current.candidate.id)!
    const turn: LiveTurn = {
      ...{ atS, link, paced: shape?.name ?? null, reason },
      candidate: current.candidate.id,
      partitionPoint: current.point,
      expectedMs: current.values.latency ?? 0,
      messages: await infer(request, one, shape, link, points.indexOf(current.point)),
    }
    turns.push(turn)
    appendFileSync(raw, `${JSON.stringify(turn)}\n`)
    request.onTurn(turn, current)
  }
  const broken = request.enough ? AbortSignal.any([signal, request.enough]) : signal
  while (turns.length === 0 || request.goesOn(elapsedS())) {
    try {
      await oneTurn(turns.length === 0 ? request : { ...request, signal: broken })
    } catch (error) {
      if (turns.length === 0 || !request.enough?.aborted || signal.aborted) throw error
      break
    }
  }
  const durationS = elapsedS()
  const after = await bothConditions(device, server, signal)
  const result: LiveRun = {
    protocol: 1,
    run: { id: comparison.run.id, network: comparison.network.name, width: comparison.network.width },
    startedAt,
    durationS,
    device: { ...device.info, conditions: { before: before.device, after: after.device, during: [] } },
    server: { ...server.info, conditions: { before: before.server, after: after.server, during: [] } },
    way: wayBetween(device, server),
    where: formatQuery(wish.terms),
    objective: wish.objective,
    deployed: candidates.map(({ id }) => id),
    leftOut: asked.candidates.filter((one) => !sendsBytes(one)).map(({ id }) => id),
    source: timed.every(({ deviceMs, serverMs }) => deviceMs && serverMs)
      ? composedSource(timed[0]!.deviceMs!, timed[0]!.serverMs!)
      : 'measured',
    turns,
  }
  const file = join('cooperative', `${name}.json`)
  await writeFileAtomic(join(folder, file), `${JSON.stringify(result)}\n`)
  await rm(raw, { force: true })
  return { result, file }
}

function sendingBytes(candidates: readonly Candidate[]): Candidate[] {
  const sent = candidates.filter(sendsBytes)
  if (sent.length > 0) return sent
  throw new CodedError(
    'nothing-fits',
    `There is nothing to deploy: ${leftOutWords(candidates) ?? 'no candidate was named.'}`,
    'Name other points or frameworks.',
  )
}

async function deploy({ folder, candidates, device, server, threads, signal, onProgress }: LiveRequest) {
  const say = (done: number, detail: string): void =>
    onProgress({ phase: 'deploy', title: 'Deploying', unit: 'sides', done, total: 2, detail, etaS: null })
  const heads = await pushSide(device, candidates, folder, 'head', signal, (detail) => say(0, detail))
  const tails = await pushSide(server, candidates, folder, 'tail', signal, (detail) => say(1, detail))
  const deployed: Deployed[] = []
  for (const candidate of candidates) {
    const { files } = candidate
    const split = splitSchema.parse(JSON.parse(await readFile(join(folder, files.split), 'utf8')))
    const side = (which: 'head' | 'tail', hashes: ReadonlyMap<string, string>): DeployedSide => ({
      ...{ side: which, split, threads },
      model: hashes.get(join(folder, files[which]))!,
      check: hashes.get(join(folder, files.check))!,
    })
    deployed.push({ candidate, split, head: side('head', heads), tail: side('tail', tails) })
  }
  return deployed
}

/** The candidates with times of this device and this server, checked first: a wrong head must not be chosen. */
async function timeAlone({ device, server, signal, onProgress }: LiveRequest, deployed: readonly Deployed[]) {
  const timed: Candidate[] = []
  const began = performance.now()
  for (const [done, { candidate, head, tail }] of deployed.entries()) {
    const perHead = done === 0 ? null : (performance.now() - began) / 1000 / done
    onProgress({
      ...{ phase: 'time', title: 'Timing heads and tails alone', unit: 'candidates', done, total: deployed.length },
      detail: candidate.partitionPoint,
      etaS: perHead === null ? null : perHead * (deployed.length - done),
    })
    const alone = async (one: Device, side: DeployedSide) => {
      const checked = await one.check(side, signal)
      if (!checked.ok) {
        throw new CodedError(
          'check-failed',
          `${one.info.name} computes something else than the trainer for ${candidate.partitionPoint}: ${checked.reason}.`,
          'Check the runtime there.',
        )
      }
      const { modelMs, codecMs } = await one.time(side, aloneRule, () => {}, signal)
      return toTime(
        modelMs.map((ms, index) => ms + codecMs[index]!),
        one.source,
      )
    }
    timed.push({ ...candidate, deviceMs: await alone(device, head), serverMs: await alone(server, tail) })
  }
  return timed
}

/** Rate and round trip as they are now. */
const measureLink = (request: LiveRequest, shape: Link | null): Promise<LinkFit> =>
  lookAtLink((size, rounds) => probe(request, shape, size, rounds))

/** Round trips of a header alone and of `size` bytes in turn, each `rounds` times, over a connection of their own. */
async function probe({ device, server, signal }: LiveRequest, shape: Link | null, size: number, rounds: number) {
  const dataLink = await openDataLink({ device, server, tail: null, shape }, signal)
  try {
    const { session, token, dial } = dataLink
    // The first messages of a connection wake it up.
    const sizes = Array.from({ length: 2 * (rounds + 1) }, (_, index) => (index % 2 === 0 ? 0 : size))
    const times = await device.cooperation.probeLink({ session, token, dial, sizes, answerMs: 60_000 }, signal)
    return times.slice(2).map((ms, index) => ({ bytes: sizes[index + 2]! + frameHeaderBytes, ms }))
  } finally {
    await dataLink.close()
  }
}

async function infer(
  { device, server, threads, turnS, signal, onSight }: LiveRequest,
  { candidate, split, head, tail }: Deployed,
  shape: Link | null,
  link: LinkFit,
  point: number,
): Promise<LiveTurn['messages']> {
  const dataLink = await openDataLink({ device, server, tail: { model: tail.model, split, threads }, shape }, signal)
  try {
    const { session, token, dial } = dataLink
    const bytes = candidate.payloadBytes + candidate.headerBytes
    const { samples, ...agreement } = await device.cooperation.cooperate(
      {
        ...{ session, token, dial, model: head.model, check: head.check, split, threads },
        answerMs: 3 * (transmissionMs(bytes, link) + link.rttMs) + patienceMs,
        ...{ partition: Math.max(0, point), warmup: 1, seconds: turnS, minIterations: 1 },
      },
      (_, sight) => sight && onSight?.(sight, candidate),
      signal,
    )
    if (!split.lossy) assertAgreement(agreement, split.features.type !== 'float32', device, candidate)
    const { wholeMs, headMs, encodeMs, answerMs, serverMs } = samples
    return { wholeMs, headMs, encodeMs, answerMs, serverMs }
  } finally {
    await dataLink.close()
  }
}
