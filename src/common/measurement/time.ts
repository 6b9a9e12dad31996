import type { Time } from '../contract/result.ts'
import { medianInterval } from './interval.ts'
import { median, p95 } from './statistics.ts'

/** Sums up durations in ms, in the order they were taken (the interval needs it); at least one. */
export const toTime = (samples: ArrayLike<number>, source: Time['source']): Time => ({
  median: median(samples),
  p95: p95(samples),
  ci95: medianInterval(samples),
  n: samples.length,
  source,
})
