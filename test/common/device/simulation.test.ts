import { describe, expect, it } from 'vitest'
import { dropoutAfterS, SimulatedBoard, simulationSchema, simulations } from '#common/device/simulation.ts'
import { median } from '#common/measurement/statistics.ts'

const runs = (board: SimulatedBoard, count: number): number[] => Array.from({ length: count }, () => board.slowness())

describe('a simulated board', () => {
  it('knows profiles that keep to the schema', () => {
    for (const script of Object.values(simulations)) expect(simulationSchema.parse(script)).toEqual(script)
  })

  it('is γ times slower, with the spread of its script, and the same again from the same seed', () => {
    const script = { ...simulations['pi-4']!, noise: 0.1, seed: 3 }
    const factors = runs(new SimulatedBoard(script), 4000)
    expect(median(factors)).toBeCloseTo(5, 1)
    const logs = factors.map((factor) => Math.log(factor / 5))
    const deviation = Math.sqrt(logs.reduce((sum, one) => sum + one * one, 0) / logs.length)
    expect(deviation).toBeGreaterThan(0.09)
    expect(deviation).toBeLessThan(0.11)
    expect(runs(new SimulatedBoard(script), 100)).toEqual(factors.slice(0, 100))
    expect(runs(new SimulatedBoard({ ...script, seed: 4 }), 100)).not.toEqual(factors.slice(0, 100))
  })

  it('throttles after its seconds of work, says so like a Raspberry Pi, and recovers at rest', () => {
    const board = new SimulatedBoard({ ...simulations.hot!, noise: 0 })
    expect(board.conditions()).toMatchObject({ clockMhz: 1800, throttled: '0x0', temperatureC: 60 })
    board.worked(1.9)
    expect(board.slowness()).toBeCloseTo(5)
    board.worked(0.2)
    expect(board.slowness()).toBeCloseTo(5 / 0.55)
    expect(board.conditions().clockMhz).toBeCloseTo(990)
    expect(board.conditions().throttled).toBe('0x40004')
    expect(board.conditions().temperatureC).toBeGreaterThan(75)
    board.rested(2)
    expect(board.slowness()).toBeCloseTo(5)
    expect(board.conditions()).toMatchObject({ clockMhz: 1800, throttled: '0x40000' })
    expect(board.conditions().temperatureC).toBeLessThan(65)
  })

  it('drops out at moments that follow from its seed', () => {
    const script = simulations.flaky!
    const moments = [0, 1, 2, 3].map((connection) => dropoutAfterS(script, connection)!)
    expect(new Set(moments).size).toBe(4)
    for (const moment of moments) {
      expect(moment).toBeGreaterThanOrEqual(4)
      expect(moment).toBeLessThan(12)
    }
    expect(dropoutAfterS(script, 2)).toBe(moments[2])
    expect(dropoutAfterS(simulations['pi-4']!, 0)).toBeNull()
  })
})
