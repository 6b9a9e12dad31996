import type { Comparison, Conditions, DeviceInfo } from '#common/contract/result.ts'
import { significant } from '#common/units.ts'

/** Minimum measurement (MLPerf Tiny): 10 s and 10 iterations. A shorter one is allowed, and said. */
const fullSeconds = 10
const fullIterations = 10
/** A clock that fell by more between before and after timing was not steady. */
const clockDrop = 0.05
/** Load of other processes, in cores, above which timings are disturbed. */
const otherLoad = 0.5

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
    warnings.push(...conditionWarnings(machine))
  }
  if (timing.seconds < fullSeconds || timing.minIterations < fullIterations) {
    warnings.push(
      `Each time was taken over ${significant(timing.seconds)} s and at least ${timing.minIterations} runs (profile ${run.profile}), less than the ${fullSeconds} s and ${fullIterations} runs of a full measurement.`,
    )
  }
  return warnings
}

function conditionWarnings({ name, conditions }: DeviceInfo): string[] {
  if (!conditions) return []
  const { before, after } = conditions
  const warnings: string[] = []
  const differs = (value: string | null): value is string => value !== null && value !== 'performance'
  if (differs(before.governor)) {
    warnings.push(`${name}: the clock governor is "${before.governor}", not "performance".`)
  }
  const throttled = [before, after].map((one) => one.throttled).find(isThrottled)
  if (throttled) warnings.push(`${name}: throttling was reported (${throttled}).`)
  if (before.clockMhz !== null && after.clockMhz !== null && after.clockMhz < before.clockMhz * (1 - clockDrop)) {
    warnings.push(
      `${name}: the clock fell from ${significant(before.clockMhz, 4)} to ${significant(after.clockMhz, 4)} MHz while timing.`,
    )
  }
  if (before.load1 !== null && before.load1 > otherLoad) {
    warnings.push(`${name}: other work was running before timing (load ${significant(before.load1)}).`)
  }
  return warnings
}

/** The firmware's bit mask ("0x0" is none) or words. */
const isThrottled = (value: Conditions['throttled']): value is string =>
  value !== null && !['', '0', '0x0', 'none', 'no'].includes(value.toLowerCase())
