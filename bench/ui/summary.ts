import { medianInterval } from '#common/measurement/interval.ts'
import { median, p95 } from '#common/measurement/statistics.ts'
import { significant } from '#common/units.ts'

export interface Measured {
  what: string
  unit: 'ms' | 'MB'
  /** Of the median. */
  limit: number
  median: number
  ci95: [number, number]
  p95: number
  max: number
  n: number
}

export const summary = (
  what: string,
  limit: number,
  samples: readonly number[],
  unit: Measured['unit'] = 'ms',
): Measured => ({
  ...{ what, unit, limit },
  median: median(samples),
  ci95: medianInterval(samples),
  p95: p95(samples),
  max: Math.max(...samples),
  n: samples.length,
})

export const exceeded = ({ median: middle, limit }: Measured): boolean => middle > limit

export const line = (one: Measured): string => {
  const { what, unit, limit, ci95, n } = one
  const text = (value: number): string => `${significant(value)} ${unit}`
  const spread = ci95.map((value) => significant(value)).join('–')
  return `${what.padEnd(44)} median ${text(one.median)} (95 % interval ${spread}), p95 ${text(one.p95)}, max ${text(one.max)}, n ${n}; limit ${limit} ${unit}: ${exceeded(one) ? 'EXCEEDED' : 'kept'}`
}

/** The form of every bench; there is nothing to compare a window with, so both ratios are null. */
export const row = ({ what, median: middle, ci95, ...rest }: Measured) => ({
  name: what,
  median: middle,
  spread: ci95,
  ratioDefault: null,
  ratioBest: null,
  ...rest,
})
