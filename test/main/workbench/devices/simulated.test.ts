import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Simulation } from '#common/device/simulation.ts'
import { simulations } from '#common/device/simulation.ts'
import { median } from '#common/measurement/statistics.ts'
import type { Device } from '../../../../src/main/workbench/devices/device.ts'
import { connectDevice } from '../../../../src/main/workbench/devices/device.ts'
import { simulatedTransport } from '../../../../src/main/workbench/devices/simulated/transport.ts'
import { useAgents } from '../../../support/agents.ts'
import { timeOne } from '../../../support/timeOne.ts'

const bench = useAgents()
const never = new AbortController().signal
const steady: Simulation = { ...simulations['pi-4']!, noise: 0 }

async function simulated<T>(script: Simulation, use: (device: Device) => Promise<T>): Promise<T> {
  const device = await connectDevice(simulatedTransport('sim', script, await bench.newStore()))
  try {
    return await use(device)
  } finally {
    await device.close()
  }
}

describe('a simulated device', () => {
  it('tells the board of its script, and that its times are modelled', async () => {
    await simulated(simulations['pi-3']!, async (device) => {
      expect(device.source).toBe('modelled')
      expect(device.info).toMatchObject({
        kind: 'simulated',
        board: 'Raspberry Pi 3 Model B (simulated)',
        cores: 4,
        memoryBytes: 1024 ** 3,
        emulated: false,
      })
      expect(device.info.cpu).toMatch(/^Cortex-A53 \(simulated\): 12 times slower than this computer's /)
      expect(await device.conditions(never)).toMatchObject({ clockMhz: 1200, throttled: '0x0', governor: 'ondemand' })
    })
  })

  it('really runs the head, and takes γ times as long for it', async () => {
    const rule = { seconds: 0.6, minIterations: 20 }
    const plain = await bench.connect()
    const here = median((await timeOne(plain, await bench.deploy(plain, 'uint8', 'head'), rule)).modelMs)
    await simulated({ ...steady, gamma: 200 }, async (device) => {
      const deployed = await bench.deploy(device, 'uint8', 'head')
      expect(await device.check(deployed, never)).toMatchObject({ ok: true })
      const began = performance.now()
      const { modelMs, codecMs } = await timeOne(device, deployed, rule)
      const elapsed = performance.now() - began
      // It waits for what it reports: the sum cannot be longer than what passed here.
      const reported = [...modelMs, ...codecMs].reduce((sum, ms) => sum + ms, 0)
      expect(reported).toBeLessThan(elapsed * 1.2 + 200)
      expect(median(modelMs) / here).toBeGreaterThan(40)
    })
  })

  it('has no memory for a model that is larger than its script allows', async () => {
    await simulated({ ...steady, largestModelBytes: 100 }, async (device) => {
      const deployed = await bench.deploy(device, 'uint8', 'head')
      await expect(device.check(deployed, never)).rejects.toMatchObject({
        code: 'device-failed',
        message: expect.stringMatching(/^Device sim: Not enough memory for a model of .* 100 B are left/),
      })
    })
  })

  it('throttles under work, and says so', async () => {
    const hot: Simulation = { ...steady, gamma: 50, throttle: { afterS: 0.05, clockShare: 0.5 } }
    await simulated(hot, async (device) => {
      const deployed = await bench.deploy(device, 'float32', 'head')
      await timeOne(device, deployed, { seconds: 0.5, minIterations: 10 })
      expect((await device.conditions(never)).throttled).toMatch(/^0x4000[04]$/)
    })
  })

  it('is refused for timing where its clock is too coarse', async () => {
    await simulated({ ...steady, clockStepMs: 50 }, async (device) => {
      const deployed = await bench.deploy(device, 'float32', 'head')
      await expect(timeOne(device, deployed, { seconds: 0.2, minIterations: 10 })).rejects.toMatchObject({
        code: 'timing-refused',
        message: expect.stringMatching(/^Device sim: .*(steps of|stands still)/),
      })
    })
  })

  it('drops out as its script says, comes back, and has kept what it was given', async () => {
    const store = await bench.newStore()
    const transport = simulatedTransport('sim', { ...steady, dropout: { everyS: 4, goneS: 0.3 } }, store)
    const file = join(bench.folder, 'kept.bin')
    writeFileSync(file, Buffer.alloc(100_000, 7))
    const first = await connectDevice(transport)
    await first.pushFiles([file], () => {}, never)
    const deployed = await bench.deploy(first, 'float32', 'head')
    await expect(timeOne(first, deployed, { seconds: 30, minIterations: 10 })).rejects.toMatchObject({
      code: 'device-failed',
      message: 'Device sim: the connection was lost.',
      hint: expect.stringMatching(/same command again/),
    })
    await expect(connectDevice(transport)).rejects.toMatchObject({
      message: expect.stringMatching(/cannot be reached/),
    })
    await first.close()
    await new Promise((resolve) => setTimeout(resolve, 400))
    const second = await connectDevice(transport)
    let sent = 0
    await second.pushFiles(
      [file],
      ({ done }) => {
        sent = done
      },
      never,
    )
    expect(sent).toBe(0)
    await second.close()
  })
})
