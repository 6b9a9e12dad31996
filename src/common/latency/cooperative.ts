import type { Link } from '../contract/config.ts'
import type { CooperativePoint } from '../contract/cooperativeResult.ts'
import type { Time } from '../contract/result.ts'
import { median } from '../measurement/statistics.ts'
import { toTime } from '../measurement/time.ts'
import { composeEndToEnd } from './compose.ts'
import { transmissionMs } from './transmission.ts'

/** Raw series of one candidate, in ms and in the order they were taken; the five of an inference are of equal length. */
export interface CooperativeSeries {
  /** Head and encoding, timed alone. */
  device: number[]
  /** Decoding and tail, timed alone. */
  server: number[]
  wholeMs: number[]
  headMs: number[]
  encodeMs: number[]
  answerMs: number[]
  serverMs: number[]
}

type Figures = Omit<
  CooperativePoint,
  | 'id'
  | 'framework'
  | 'step'
  | 'partitionPoint'
  | 'codec'
  | 'payloadBytes'
  | 'headerBytes'
  | 'answerBytes'
  | 'agreement'
  | 'calibrationMs'
>

/** The way back: half of a round trip, no more (contract/cooperativeResult.ts). */
export const answerWayMs = ({ rttMs }: Pick<Link, 'rttMs'>): number => (rttMs ?? 0) / 2

/** Composed beside measured, as contract/cooperativeResult.ts defines them. `bytes`: payload and header. */
export function cooperativeFigures(
  series: CooperativeSeries,
  bytes: number,
  link: Link,
  sources: { device: Time['source']; server: Time['source']; whole: Time['source'] },
): Figures {
  const deviceMs = toTime(series.device, sources.device)
  const serverMs = toTime(series.server, sources.server)
  const transmission = transmissionMs(bytes, link)
  const measuredMs = toTime(series.wholeMs, sources.whole)
  const { composedMs } = composeEndToEnd(deviceMs, transmission, serverMs)
  const back = answerWayMs(link)
  return {
    deviceMs,
    transmissionMs: transmission,
    serverMs,
    composedMs,
    answerWayMs: back,
    measuredMs,
    within: {
      headMs: median(series.headMs),
      encodeMs: median(series.encodeMs),
      transmissionMs: median(series.answerMs.map((ms, i) => ms - series.serverMs[i]!)),
      serverMs: median(series.serverMs),
    },
    error: (composedMs + back) / measuredMs.median - 1,
  }
}

/** Median of the errors' sizes; 0 where there are no points. */
export const medianErrorOf = (points: readonly Pick<CooperativePoint, 'error'>[]): number =>
  points.length === 0 ? 0 : median(points.map(({ error }) => Math.abs(error)))
