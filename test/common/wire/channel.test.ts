import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { random } from '#common/random.ts'
import { addNoise, bitsPerSymbol, eraseBits, noiseDb, otherChannels, sigmaAt, transmit } from '#common/wire/channel.ts'

describe('channels', () => {
  it('Gaussian noise on symbols of unit power has the SNR that was asked for, within 0.05 dB', () => {
    for (const decibel of [0, 5, 14.5, 20]) {
      const rng = random(1, 'symbols', decibel)
      const symbols = Float32Array.from({ length: 100_000 }, () => (rng.next() < 0.5 ? 1 : -1))
      const received = addNoise(symbols, sigmaAt(decibel), rng)
      let noise = 0
      for (let i = 0; i < symbols.length; i++) noise += (received[i] - symbols[i]) ** 2
      const measured = 10 * Math.log10(symbols.length / noise)
      expect(Math.abs(measured - decibel)).toBeLessThan(0.05)
    }
    // frameworks.md §12.3.
    expect([0, 5, 10, 14.5, 20].map((one) => Number(sigmaAt(one).toFixed(3)))).toEqual([1, 0.562, 0.316, 0.188, 0.1])
  })

  it('an erasure channel loses its share of the bits, within three standard deviations', () => {
    for (const [bits, probability] of [
      [8, 0.01],
      [8, 0.3],
      [3, 0.1],
    ]) {
      // All bits set: a lost one shows, and every bit is drawn for itself.
      const codes = new Uint8Array(60_000).fill(2 ** bits - 1)
      const received = eraseBits(codes, bits, probability, random(2, 'bits', bits, probability))
      // A lost mask m turns 2^bits − 1 into 2^bits − 1 − m + (m >> 1): m − (m >> 1) identifies m.
      const lostBits = new Map<number, number>()
      for (let mask = 0; mask < 2 ** bits; mask++) {
        lostBits.set(mask - (mask >> 1), mask.toString(2).replaceAll('0', '').length)
      }
      let lost = 0
      for (const code of received) lost += lostBits.get(2 ** bits - 1 - code)!
      const all = codes.length * bits
      // Masks m and m ^ 1 can share a difference: the count is then of one of the two, at most a bit away.
      const deviation = Math.sqrt((probability * (1 - probability)) / all)
      expect(Math.abs(lost / all - probability)).toBeLessThan(3 * deviation + probability / bits)
    }
  })

  it('a lost bit counts half of its weight, rounded down; none lost changes nothing', () => {
    const certain = eraseBits(Uint8Array.of(0, 200, 255), 8, 1, random(3))
    expect([...certain]).toEqual([127, 127, 127])
    fc.assert(
      fc.property(fc.uint8Array(), (codes) => {
        expect(eraseBits(codes, 8, 0, random(4))).toEqual(codes)
      }),
    )
    // Every received code differs by the masked bits only: 255 − m + ⌊m/2⌋ for a code of ones.
    const possible = new Set(Array.from({ length: 256 }, (_, mask) => 255 - mask + (mask >> 1)))
    for (const code of eraseBits(new Uint8Array(2_000).fill(255), 8, 0.4, random(5)))
      expect(possible.has(code)).toBe(true)
  })

  it('carries only what it is for, and nothing changes on an ideal one', () => {
    const floats = Float32Array.of(1, 2)
    const codes = Uint8Array.of(1, 2)
    expect(transmit(floats, { kind: 'ideal' }, 8, random(6))).toBe(floats)
    expect(() => transmit(codes, { kind: 'awgn', sigma: 1 }, 8, random(6))).toThrow('real symbols')
    expect(() => transmit(floats, { kind: 'erasure', probability: 0.1 }, 8, random(6))).toThrow('bits')
  })

  it('others than its own lie 3 and 6 dB to both sides, or lose half to ten times of the bits', () => {
    const own = { kind: 'awgn', sigma: sigmaAt(14.5) } as const
    const decibels = otherChannels(own).map((one) => noiseDb(one) - noiseDb(own))
    expect(decibels.map((one) => Number(one.toFixed(6)))).toEqual([6, 3, -3, -6])
    expect(noiseDb(own)).toBeCloseTo(-14.5, 9)
    const erasures = otherChannels({ kind: 'erasure', probability: 0.2 })
    expect(erasures).toEqual([0.1, 0.4, 1].map((probability) => ({ kind: 'erasure', probability })))
  })

  it("knows Shannon's rate: the hand values of frameworks.md §2.3", () => {
    const at = (decibel: number): number => bitsPerSymbol(10 ** (decibel / 10))
    expect(at(14.5)).toBeCloseTo(2.4335, 4)
    expect(at(20)).toBeCloseTo(3.329, 3)
    expect(Math.round(24_576 / at(14.5))).toBe(10_099)
  })
})
