import { significant } from '../units.ts'
import type { TimingRule } from './timingLoop.ts'

/** The minimum of a full measurement, MLPerf Tiny's: at least 10 s and at least 10 runs, whichever is longer. */
export const fullMeasurement: TimingRule = { seconds: 10, minIterations: 10 }

export const isFullMeasurement = ({ seconds, minIterations }: TimingRule): boolean =>
  seconds >= fullMeasurement.seconds && minIterations >= fullMeasurement.minIterations

/** "MLPerf Tiny", or what stands in its place: printed wherever times are. */
export const ruleName = (rule: TimingRule): string =>
  isFullMeasurement(rule) ? 'MLPerf Tiny' : `override: ${significant(rule.seconds)} s`

export const describeRule = (rule: TimingRule): string =>
  `${ruleName(rule)}, at least ${significant(rule.seconds)} s and ${rule.minIterations} runs per time`
