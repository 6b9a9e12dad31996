import { medianInterval } from '#common/measurement/interval.ts'
import { median, p95 } from '#common/measurement/statistics.ts'
import { significant } from '#common/units.ts'

export interface Measured {
  what: string
  /** Of the median. */
  limitMs: number
  medianMs: number
  ci95Ms: [number, number]
  p95Ms: number
  maxMs: number
  n: number
}

export const summary = (what: string, limitMs: number, samples: readonly number[]): Measured => ({
  what,
  limitMs,
  medianMs: median(samples),
  ci95Ms: medianInterval(samples),
  p95Ms: p95(samples),
  maxMs: Math.max(...samples),
  n: samples.length,
})

export const exceeded = ({ medianMs, limitMs }: Measured): boolean => medianMs > limitMs

export const line = (one: Measured): string => {
  const { what, limitMs, medianMs, ci95Ms, p95Ms, maxMs, n } = one
  return `${what.padEnd(44)} median ${significant(medianMs)} ms (95 % interval ${ci95Ms.map((ms) => significant(ms)).join('–')}), p95 ${significant(p95Ms)} ms, max ${significant(maxMs)} ms, n ${n}; limit ${limitMs} ms: ${exceeded(one) ? 'EXCEEDED' : 'kept'}`
}

/** The form of every bench (ms); there is nothing to compare a window with, so both ratios are null. */
export const row = ({ what, medianMs, ci95Ms, ...rest }: Measured) => ({
  name: what,
  median: medianMs,
  spread: ci95Ms,
  ratioDefault: null,
  ratioBest: null,
  ...rest,
})
