import type { Comparison } from '../contract/result.ts'
import { significant } from '../units.ts'
import { conditionWarnings } from './conditions.ts'
import { describeRule, isFullMeasurement } from './rule.ts'

/** What a reader must know before believing the times: printed on top of every report. */
export function timingWarnings(comparison: Comparison): string[] {
  const { device, server, timing, gamma, run } = comparison
  const warnings: string[] = []
  if (gamma !== null) {
    warnings.push(
      `Device times are modelled: ${significant(gamma)} × the times on the server's machine. No device was timed.`,
    )
  }
  for (const machine of device.name === server.name ? [device] : [device, server]) {
    if (machine.emulated) {
      warnings.push(`${machine.name} is emulated: its times say nothing about a real board.`)
    }
    if (machine.kind === 'simulated') {
      warnings.push(
        `${machine.name} is simulated: its times are runs on this computer made longer by a fixed factor, modelled and not measured.`,
      )
    }
    if (machine.conditions) warnings.push(...conditionWarnings(machine.name, machine.conditions))
  }
  if (!isFullMeasurement(timing)) {
    warnings.push(
      `Timing rule: ${describeRule(timing)} (profile ${run.profile}), less than a full measurement (MLPerf Tiny: 10 s and 10 runs).`,
    )
  }
  return warnings
}
