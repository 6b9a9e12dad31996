import { describe, expect, it } from 'vitest'
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatMacs,
  formatMs,
  formatMsInterval,
  formatPoints,
  significant,
} from '#common/units.ts'

describe('units', () => {
  it.each([
    [0, '0'],
    [0.012345, '0.0123'],
    [1234.6, '1235'],
    [-2.5, '-2.5'],
    [100, '100'],
    [Number.NaN, '–'],
  ])('significant(%d) is %s', (value, text) => expect(significant(value)).toBe(text))

  it('keeps units and zeros', () => {
    expect(formatBytes(300)).toBe('300 B')
    expect(formatBytes(0)).toBe('0 B')
    expect(formatBytes(3072)).toBe('3072 B')
    expect(formatBytes(65_536)).toBe('65.5 kB')
    expect(formatMacs(313_201_664)).toBe('313 M')
    expect(formatMacs(12)).toBe('12')
    expect(formatMs(0.0123)).toBe('12.3 µs')
    expect(formatMs(12_345)).toBe('12.3 s')
    expect(formatMsInterval([0.0795, 0.0827])).toBe('79.5–82.7 µs')
    expect(formatMsInterval([0.98, 1.02])).toBe('0.98–1.02 ms')
    expect(formatCount(10_000)).toBe('10,000')
    expect(formatDuration(75)).toBe('1 min 15 s')
    expect(formatDuration(3660)).toBe('1 h 1 min')
    expect(formatPoints(-0.012)).toBe('-1.2 pt')
  })
})
