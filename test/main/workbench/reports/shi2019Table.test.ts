import { describe, expect, it } from 'vitest'
import { parseLink } from '#common/latency/links.ts'
import { shi2019Table } from '../../../../src/main/workbench/reports/shi2019Table.ts'
import { fixtureComparison } from '../../../fixtures/comparison.ts'

const row = (comparison: ReturnType<typeof fixtureComparison>, start: string) =>
  shi2019Table(comparison).rows.find(({ quantity }) => quantity.startsWith(start))!

describe('table beside Shi et al. 2019', () => {
  const comparison = fixtureComparison()

  it('puts the published figures beside the reached ones, and says what is a reconstruction', () => {
    const { rows, text } = shi2019Table(comparison)
    expect(rows.map(({ published }) => published).filter((value) => value !== null)).toEqual([25.6, 6.01, 6.01, 4.81])
    expect(rows.map(({ reconstructed }) => reconstructed?.toFixed(2) ?? null)).toEqual([
      null,
      null,
      null,
      null,
      null,
      '4.81',
      '3.53',
      '2.56',
    ])
    for (const one of rows) {
      expect(one.publishedIn === null).toBe(one.published === null)
      expect(one.reconstructedFrom === null).toBe(one.reconstructed === null)
    }
    for (const figure of ['25.6×', '6.01×', '4.81×', 'reconstructed', "the paper's abstract"])
      expect(text).toContain(figure)
    for (const line of text.split('\n')) expect([...line].length).toBeLessThanOrEqual(120)
  })

  it('reaches what the layer tables say', () => {
    const { transmission } = shi2019Table(comparison)
    const series = (name: string) => comparison.layers.find((one) => one.name === name)!.rows
    expect(transmission).toHaveLength(18)
    for (const { point, original, step2, reduction } of transmission) {
      expect(original).toBe(series('original').find((one) => one.point === point)!.elements)
      expect(step2).toBe(series('step 2').find((one) => one.point === point)?.elements ?? null)
      expect(reduction).toBe(step2 === null ? null : original / step2)
    }
    expect(row(comparison, 'transmission').reached).toBe(
      Math.max(...transmission.map(({ reduction }) => reduction ?? 0)),
    )
    const step1 = series('step 1').at(-1)!.cumulativeMacs
    expect(row(comparison, 'MACs, whole network, step 1').reached).toBeCloseTo(comparison.network.macs / step1, 12)
  })

  it('computes the gain by T = γ·head + payload/rate + tail with times of the server machine', () => {
    const wifi = parseLink('wifi')
    const best = (framework: string) =>
      Math.min(
        ...comparison.candidates
          .filter(
            (one) =>
              one.framework === framework &&
              (framework === 'two-step' || one.codec === 'uint8' || one.partitionPoint === 'output'),
          )
          .filter((one) => comparison.baseline.validationAccuracy - one.validationAccuracy <= comparison.maxLoss)
          .map(
            (one) => 5 * one.deviceMs!.median + (8 * one.payloadBytes) / (wifi.rateMbps * 1000) + one.serverMs!.median,
          ),
      )
    expect(row(comparison, 'end to end, WiFi').reached).toBeCloseTo(best('only-splitting') / best('two-step'), 9)
  })

  it('gives the same gain when the device was modelled from the same server times', () => {
    const modelled = fixtureComparison({ gamma: 5 })
    expect(row(modelled, 'end to end, WiFi').reached).toBeCloseTo(row(comparison, 'end to end, WiFi').reached!, 9)
  })

  it('leaves empty what needs times that were not taken on the server machine, with the reason', () => {
    const board = fixtureComparison({ device: 'board' })
    const step2 = row(board, 'time, whole network, step 2')
    expect(step2.reached).toBeNull()
    expect(step2.note).toContain("no time on the server's machine")
  })

  it('says so where a framework was not compared', () => {
    const { rows, text } = shi2019Table(fixtureComparison({ frameworks: ['only-splitting'] }))
    expect(rows.every(({ reached }) => reached === null)).toBe(true)
    expect(text).toContain('no step-2 model in this comparison')
  })
})
