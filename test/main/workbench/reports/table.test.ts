import { describe, expect, it } from 'vitest'
import { plusMinus, threeDigits } from '../../../../src/main/workbench/reports/digits.ts'
import { renderTable } from '../../../../src/main/workbench/reports/table.ts'
import { fixtureComparison } from '../../../fixtures/comparison.ts'

describe('table for the terminal', () => {
  it.each([
    ['local', fixtureComparison()],
    ['a board on a custom link', fixtureComparison({ device: 'board', link: '2.5,20' })],
    ['a modelled device', fixtureComparison({ gamma: 5, link: '3g' })],
    ['two points', fixtureComparison({ points: ['pool2', 'pool3'] })],
    ['one framework', fixtureComparison({ frameworks: ['only-splitting'] })],
  ])('fits 120 columns: %s', (_name, comparison) => {
    const text = renderTable(comparison)
    for (const line of text.split('\n')) expect([...line].length).toBeLessThanOrEqual(120)
    expect(text).not.toContain('NaN')
    expect(text).not.toContain('undefined')
  })

  it('has a line per candidate with its numbers', () => {
    const comparison = fixtureComparison({ device: 'board' })
    const lines = renderTable(comparison).split('\n')
    const candidate = comparison.candidates.find(
      ({ step, partitionPoint }) => step === 'step2' && partitionPoint === 'pool3',
    )!
    const line = lines.slice(lines.indexOf('two-step · step 2')).find((one) => one.includes('pool3'))!
    expect(line.split(/\s+/)).toEqual(
      expect.arrayContaining([
        (candidate.accuracy * 100).toFixed(1),
        String(candidate.payloadBytes),
        threeDigits(candidate.deviceMs!.median),
        plusMinus(candidate.deviceMs!.median, candidate.deviceMs!.ci95),
        threeDigits(candidate.endToEnd!.composedMs),
      ]),
    )
    expect(lines.filter((one) => /^[*! ] {2}\w/.test(one)).length).toBe(comparison.candidates.length + 1)
  })

  it('says what kind the times are, what is empty, and the sentence last', () => {
    const text = renderTable(fixtureComparison({ gamma: 5 }))
    expect(text).toContain('device modelled, server measured')
    expect(text).toContain('note: Device times are modelled: 5 × the times')
    expect(text).toContain('two-step step 2 @ conv2: conv2 cannot lose a filter')
    expect(text.trimEnd().split('\n').at(-2)).toMatch(
      /^On WiFi, 18.88 Mbit\/s, two-step · step 2, cut at \w+ is the fastest/,
    )
  })

  it('lets no escape sequence through to the terminal', () => {
    const comparison = fixtureComparison()
    const text = renderTable({ ...comparison, dataset: { ...comparison.dataset, name: 'x\u001b[2Jy\u202e' } })
    expect(text).toContain('x?[2Jy?')
    expect(/[\p{Cc}\p{Cf}]/u.test(text.replaceAll('\n', ''))).toBe(false)
  })

  it('says so where nothing was timed', () => {
    const comparison = fixtureComparison()
    const candidates = comparison.candidates.map((one) => ({
      ...one,
      deviceMs: null,
      endToEnd: null,
      byLink: Object.fromEntries(Object.entries(one.byLink).map(([name, over]) => [name, { ...over, endToEnd: null }])),
    }))
    const text = renderTable({ ...comparison, candidates })
    expect(text).toContain('device not timed')
    expect(text).toContain('no candidate is within 5 points of accuracy and timed')
  })
})

describe('digits', () => {
  it.each([
    [1.6, '1.60'],
    [0.01234, '0.0123'],
    [1234.6, '1235'],
    [99.96, '100.0'],
    [0, '0'],
  ])('%d → %s', (value, text) => expect(threeDigits(value)).toBe(text))

  it('gives an interval the decimals of its value, but never ±0', () => {
    expect(plusMinus(1.85, [1.8, 1.91])).toBe('±0.06')
    expect(plusMinus(20, [19.998, 20.002])).toBe('±0.002')
    expect(plusMinus(5, [5, 5])).toBe('±0.00')
  })
})
