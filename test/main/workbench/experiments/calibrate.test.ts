import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { layerKinds, predictMs } from '#common/latency/regressors.ts'
import { loadCalibration } from '../../../../src/main/workbench/devices/calibrations.ts'
import { calibrateDevice } from '../../../../src/main/workbench/experiments/calibrate.ts'
import { useAgents } from '../../../support/agents.ts'

const agents = useAgents()
const request = { threads: 1, seed: 1, signal: new AbortController().signal, onProgress: () => {} }
const before = process.env.XDG_CONFIG_HOME
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splitbench-calibration-'))
  process.env.XDG_CONFIG_HOME = folder
})
afterAll(async () => {
  if (before === undefined) delete process.env.XDG_CONFIG_HOME
  else process.env.XDG_CONFIG_HOME = before
  await rm(folder, { recursive: true })
})

describe('the calibration of a device', () => {
  it('fits a regressor per kind of layer and is found again for this device and runtime only', async () => {
    const device = await agents.connect()
    const { calibration, path } = await calibrateDevice({ ...request, device })
    expect(path.startsWith(folder)).toBe(true)
    expect(calibration.regressors.map(({ kind }) => kind)).toEqual([...layerKinds])
    expect(calibration.samples.length).toBeGreaterThan(50)
    for (const { ms } of calibration.samples) expect(ms).toBeGreaterThan(0)
    expect(await loadCalibration(device.info)).toEqual(calibration)
    expect(await loadCalibration({ ...device.info, runtime: 'another' })).toBeUndefined()
    const conv = (channels: number) =>
      predictMs(calibration.regressors, {
        kind: 'conv',
        features: [channels, 9 * channels, 256, 256 * 9 * channels ** 2],
      })!
    // 64 times the work, on any machine.
    expect(conv(128)).toBeGreaterThan(5 * conv(16))
  })

  it('ends at once when it is cancelled, and is refused for a simulated device', async () => {
    const device = await agents.connect()
    const abort = new AbortController()
    const onProgress = ({ phase }: { phase: string }): void => {
      if (phase === 'calibrate') abort.abort()
    }
    await expect(calibrateDevice({ ...request, device, signal: abort.signal, onProgress })).rejects.toMatchObject({
      code: 'cancelled',
    })
    const simulated = { ...device, source: 'modelled' as const }
    await expect(calibrateDevice({ ...request, device: simulated })).rejects.toMatchObject({
      code: 'device-unsupported',
    })
  })
})
