import { describe, expect, it } from 'vitest'
import type { UsbMeter } from '../../../../src/main/workbench/devices/power/usbMeter.ts'
import { useAgents } from '../../../support/agents.ts'

const agents = useAgents()
const never = new AbortController().signal

describe('energy of a head', () => {
  it('is read by a meter outside, between the moments that the device tells', async () => {
    const device = await agents.connect()
    const { model, check, split } = await agents.deploy(device, 'uint8', 'head')
    const asked: [number, number][] = []
    const meter: UsbMeter = {
      name: 'USB meter at /dev/test',
      between(fromMs, toMs) {
        asked.push([fromMs, toMs])
        const watts = asked.length === 1 ? 2 : 5
        return [0.1, 0.5, 0.9].map((share) => ({ atMs: fromMs + share * (toMs - fromMs), watts }))
      },
      close: async () => {},
    }
    const order = { model, check, split, threads: 1, idleS: 0.3, seconds: 0.5 }
    const energy = await device.power.measure(order, meter, never)
    expect(energy).toMatchObject({ activeW: 5, idleW: 2, meter: meter.name, readMs: null })
    expect(energy!.perRunMj).toBeCloseTo(5 * energy!.runMs, 9)
    expect(energy!.aboveIdleMj).toBeCloseTo(3 * energy!.runMs, 9)
    const [[idleFrom, idleTo], [workFrom, workTo]] = asked as [[number, number], [number, number]]
    expect(idleTo - idleFrom).toBeCloseTo(300, 6)
    expect(workFrom).toBe(idleTo)
    expect(workTo - workFrom).toBeGreaterThan(400)
    expect(energy!.runs * energy!.runMs).toBeLessThanOrEqual((workTo - workFrom) * 1.01)
  })

  it('is nothing where nobody reads it, and can be cancelled', async () => {
    const device = await agents.connect()
    const { model, check, split } = await agents.deploy(device, 'uint8', 'head')
    const silent: UsbMeter = { name: 'x', between: () => [], close: async () => {} }
    const order = { model, check, split, threads: 1, idleS: 0, seconds: 0.2 }
    expect(await device.power.measure(order, silent, never)).toBeNull()
    const abort = new AbortController()
    const long = device.power.measure({ ...order, seconds: 60 }, silent, abort.signal)
    setTimeout(() => abort.abort(), 500)
    await expect(long).rejects.toMatchObject({ code: 'cancelled' })
  })
})
