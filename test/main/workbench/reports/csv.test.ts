import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csvColumns, renderCsv } from '../../../../src/main/workbench/reports/csv.ts'
import { fixtureComparison } from '../../../fixtures/comparison.ts'
import { parseCsv } from '../../../support/csv.ts'

const comparison = fixtureComparison({ link: '2.5,20' })
const records = (text: string): Record<string, string>[] => {
  const [heading, ...rows] = parseCsv(text)
  return rows.map((row) => Object.fromEntries(heading!.map((name, index) => [name, row[index]!])))
}

describe('CSV', () => {
  it('has one row per candidate and link and one per empty cell, all of one length', () => {
    const rows = parseCsv(renderCsv(comparison))
    expect(rows).toHaveLength(1 + comparison.candidates.length * 5 + comparison.missing.length)
    for (const row of rows) expect(row).toHaveLength(csvColumns.length)
    expect(rows[0]).toEqual(csvColumns)
  })

  it('keeps every number in full precision', () => {
    const rows = records(renderCsv(comparison))
    for (const candidate of comparison.candidates) {
      for (const link of ['3g', '4g', 'wifi', '1mbps', '2.5,20']) {
        const row = rows.find((one) => one.candidate_id === candidate.id && one.link === link)!
        const over = candidate.byLink[link]!
        expect(Number(row.device_median_ms)).toBe(candidate.deviceMs!.median)
        expect(Number(row.device_ci95_high_ms)).toBe(candidate.deviceMs!.ci95[1])
        expect(row.server_source).toBe('measured')
        expect(Number(row.payload_bytes)).toBe(candidate.payloadBytes)
        expect(Number(row.head_macs)).toBe(candidate.headMacs)
        expect(Number(row.accuracy_fraction)).toBe(candidate.accuracy)
        expect(Number(row.transmission_ms)).toBe(over.transmissionMs)
        expect(Number(row.end_to_end_composed_ms)).toBe(over.endToEnd!.composedMs)
        expect(row.end_to_end_measured_ms).toBe('')
      }
    }
  })

  it('has rows without numbers, and with the reason, for empty cells', () => {
    const empty = records(renderCsv(comparison)).filter((row) => row.candidate_id === '')
    expect(empty.map((row) => [row.step, row.partition_point, row.accuracy_fraction, row.empty_because])).toEqual([
      ['step2', 'conv2', '', 'conv2 cannot lose a filter inside the accuracy bound'],
      ['step2', 'pool1', '', 'conv2 cannot lose a filter inside the accuracy bound'],
    ])
  })

  it('carries any text through quotes, commas and line breaks', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', ',', '\r', '\n', ';', 'a', ' ', 'é') }), (reason) => {
        const missing = [{ framework: 'two-step', step: null, partitionPoint: 'conv1', reason }]
        const rows = records(renderCsv({ ...comparison, candidates: [], missing }))
        expect(rows.map((row) => row.empty_because)).toEqual([reason])
      }),
    )
  })
})
