import { describe, expect, it } from 'vitest'
import { energyOf, modelledMj, parseMeterLine, parsePmic, radioMj } from '#common/latency/energy.ts'

describe('power readings', () => {
  it('sum up the rails of a Pi 5', () => {
    const text = [
      '     3V7_WL_SW_A current(0)=0.10000000A',
      '     3V3_SYS_A current(1)=0.05000000A',
      '   VDD_CORE_A current(7)=1.50000000A',
      '     3V7_WL_SW_V volt(8)=3.70000000V',
      '     3V3_SYS_V volt(9)=3.30000000V',
      '   VDD_CORE_V volt(15)=0.80000000V',
      '       EXT5V_V volt(24)=5.15000000V',
    ].join('\n')
    expect(parsePmic(text)).toBeCloseTo(0.37 + 0.165 + 1.2)
    expect(parsePmic('error=1 error_msg="Command not registered"')).toBeNull()
    expect(parsePmic('')).toBeNull()
  })

  it.each([
    ['5.12,0.63', 5.12 * 0.63],
    [' 5.12 ; 0.63\r', 5.12 * 0.63],
    ['5.12V 630mA', 5.12 * 0.63],
    ['0.63A,5.12V', 5.12 * 0.63],
    ['5120mV,630mA,3225mW', 3.225],
    ['{"voltage": 5.12, "current": 0.63}', 5.12 * 0.63],
    ['{"V":"5.0","A":1}', 5],
    ['{"power_w": 3.2, "temperature": 30}', 3.2],
    ['{"power"', null],
    ['{"temperature": 30}', null],
    ['voltage,current', null],
    ['5.12', null],
    ['', null],
    ['5.1x,0.63', null],
    ['time 12:30:01 5.12 0.63', null],
  ])('of a USB meter: %s', (line, watts) => {
    const read = parseMeterLine(line)
    if (watts === null) expect(read).toBeNull()
    else expect(read).toBeCloseTo(watts)
  })
})

describe('energy of a run', () => {
  it('is mean power times the time of a run, and what is above idle', () => {
    const idle = [2, 2.1, 9].map((watts, i) => ({ atMs: i * 100, watts }))
    const active = [4, 5, 6].map((watts, i) => ({ atMs: 1000 + i * 100, watts }))
    const energy = energyOf(idle, active, 20)
    expect(energy).toMatchObject({ activeW: 5, idleW: 2.1, perRunMj: 100, readingsPerS: 10 })
    expect(energy.aboveIdleMj).toBeCloseTo(58)
    expect(energyOf(active, idle, 20).aboveIdleMj).toBe(0)
  })

  it('is modelled by the power of the board and of the radio', () => {
    expect(modelledMj(10)).toEqual({ perRunMj: 37, aboveIdleMj: 23.000000000000004 })
    // frameworks.md §4.5: energy per kilobyte (8192 bits) on the uplinks of the papers.
    expect(radioMj(1024, { name: '3g', rateMbps: 1.1 })).toBeCloseTo(13.21, 2)
    expect(radioMj(1024, { name: '4g', rateMbps: 5.85 })).toBeCloseTo(5.39, 2)
    expect(radioMj(1024, { name: 'wifi', rateMbps: 18.88 })).toBeCloseTo(2.38, 2)
    expect(radioMj(1024, { name: '1mbps', rateMbps: 1 })).toBeNull()
  })
})
