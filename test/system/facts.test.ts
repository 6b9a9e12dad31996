import { describe, expect, it } from 'vitest'
import type { Split } from '#common/contract/split.ts'
import { agreement } from '../../src/system/inference/agreement.ts'
import { readConditions } from '../../src/system/inference/conditions.ts'
import { isEmulated } from '../../src/system/inference/facts.ts'

describe('emulation', () => {
  const pc = 'processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t: fpu hypervisor'
  const pi = 'processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd08'
  it.each([
    ['a PC', 'x64', pc, undefined, false],
    ['a virtual machine', 'x64', pc, undefined, false],
    ['a Pi', 'arm64', pi, undefined, false],
    ['a 32-bit system on a Pi', 'arm', pi, undefined, false],
    ['an Arm process that sees a PC', 'arm64', pc, undefined, true],
    ['a PC process that sees an Arm', 'x64', pi, undefined, true],
    ['a Pi that says so', 'arm64', pi, '1', true],
    ['a Pi that says it is real', 'arm64', pi, '0', false],
    ['a machine that tells nothing', 'arm64', null, undefined, false],
  ])('%s', (_, arch, cpuInfo, flag, emulated) => {
    expect(isEmulated({ arch, cpuInfo, flag })).toBe(emulated)
  })
})

describe('conditions', () => {
  it('are numbers, words, or null; never a made-up 0', async () => {
    const { clockMhz, temperatureC, throttled, governor, load1 } = await readConditions()
    expect(clockMhz === null || clockMhz > 100).toBe(true)
    expect(temperatureC === null || temperatureC > -50).toBe(true)
    for (const word of [throttled, governor]) expect(word === null || word.length > 0).toBe(true)
    expect(load1 === null || load1 >= 0).toBe(true)
  })
})

describe('agreement with the trainer', () => {
  const split = (type: 'uint8' | 'float32') => ({ features: { type } }) as Split
  const codes = (changes: Record<number, number>) => {
    const values = new Uint8Array(1000).fill(100)
    for (const [at, value] of Object.entries(changes)) values[Number(at)] = value
    return [values]
  }

  it('of codes: one level in one of a hundred, no more', () => {
    const judge = (changes: Record<number, number>) => agreement('head', split('uint8'), codes(changes), codes({}))
    const many = (count: number, value: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [i, value]))
    expect(judge(many(10, 101))).toEqual({ ok: true, error: 0.01, maxLevels: 1, reason: null })
    expect(judge(many(11, 99))).toMatchObject({
      ok: false,
      error: 0.011,
      reason: expect.stringMatching(/1.10 % of the codes/),
    })
    expect(judge({ 0: 102 })).toMatchObject({ ok: false, maxLevels: 2 })
  })

  it('of floats: a thousandth of the largest value', () => {
    const judge = (...values: number[]) =>
      agreement('head', split('float32'), [Float32Array.from(values)], [Float32Array.of(-10, 5, 0)])
    expect(judge(-10, 5.009, 0.009).ok).toBe(true)
    expect(judge(-10, 5, 0.011)).toMatchObject({ ok: false, reason: expect.stringMatching(/0.0011/) })
    expect(judge(-10, Number.NaN, 0)).toMatchObject({ ok: false, reason: expect.stringMatching(/no numbers/) })
    expect(judge(-10, Number.POSITIVE_INFINITY, 0).ok).toBe(false)
    expect(judge(-10, 5)).toMatchObject({ ok: false, reason: expect.stringMatching(/2 values instead of 3/) })
  })

  it('of a tail is that of its logits, whatever its features are', () => {
    expect(agreement('tail', split('uint8'), [Float32Array.of(1.5)], [Float32Array.of(1.5001)]).ok).toBe(true)
    expect(agreement('tail', split('uint8'), [Float32Array.of(0)], [Float32Array.of(0)])).toMatchObject({
      ok: true,
      error: 0,
    })
  })
})
