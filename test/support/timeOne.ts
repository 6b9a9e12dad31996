import type { TimingRule } from '#common/measurement/timingLoop.ts'
import type { DeployedSide, Device } from '../../src/main/workbench/devices/device.ts'

/** Times one side on a device to the end. */
export const timeOne = (device: Device, deployed: DeployedSide, rule: TimingRule) =>
  device.time(deployed, rule, () => {}, new AbortController().signal)
