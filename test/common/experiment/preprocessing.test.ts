import { describe, expect, it } from 'vitest'
import type { PreprocessingCell, PreprocessingResult } from '#common/contract/preprocessing.ts'
import type { OperatorName } from '#common/experiment/preprocessing.ts'
import { operators, parseOperators, planPreprocessing } from '#common/experiment/preprocessing.ts'
import { preprocessingFindings, preprocessingSpot, trafficRatio } from '#common/experiment/preprocessingSummary.ts'
import { fixturePreprocessing } from '../../fixtures/preprocessing.ts'

const findings = (result: PreprocessingResult) => preprocessingFindings(result).map(({ holds }) => holds)

describe('edge pre-processing', () => {
  it('knows bytes, work at the edge and traffic of an operator (frameworks.md §15)', () => {
    expect(operators['pca-32']).toMatchObject({ bytes: 32, macs: 32 * 784 })
    expect(operators['pool-4'].bytes).toBe(49)
    expect(operators['autoencoder-32']).toMatchObject({ bytes: 32, macs: 784 * 128 + 128 * 32 })
    expect(trafficRatio('pca-32')).toBe(24.5)
    expect(trafficRatio('pca-32', 16)).toBeCloseTo(800 / 48, 12)
  })

  it('takes names in the order of reports, and says what is unknown', () => {
    expect(parseOperators('pool-2, raw')).toEqual(['raw', 'pool-2'])
    expect(parseOperators('all')).not.toContain('pca-64')
    expect(() => parseOperators('fft')).toThrow(/Unknown operator "fft"/)
  })

  it('plans in proportion to images, epochs, operators and seeds', () => {
    const speed = { trainMacsPerS: 1e10, evaluateMacsPerS: 1e10, source: 'default' as const }
    const of = (images: number[], names = ['raw']) =>
      planPreprocessing({ operators: names, images, seeds: [1], epochs: 2 }, speed)[1]!.seconds
    expect(of([10_000], ['raw', 'pca-32'])).toBeCloseTo(2 * of([10_000]), 9)
    expect(of([20_000])).toBeGreaterThan(of([10_000]))
  })

  it('judges what a replication must show, and leaves open what was not run', () => {
    const result = fixturePreprocessing()
    expect(findings(result)).toEqual([true, true, true])
    const changed = (change: (cell: PreprocessingCell) => Partial<PreprocessingCell>) => ({
      ...result,
      cells: result.cells.map((cell) => ({ ...cell, ...change(cell) })),
    })
    expect(findings(changed(() => ({ accuracy: 0.89 })))).toEqual([false, false, true])
    expect(findings(changed(({ operator }) => ({ trainS: operator === 'raw' ? 1 : 2 })))[2]).toBe(false)
    const without = (name: OperatorName) => ({
      ...result,
      operators: result.operators.filter((one) => one !== name),
      cells: result.cells.filter(({ operator }) => operator !== name),
    })
    expect(findings(without('raw'))[2]).toBeNull()
    expect(findings({ ...result, cells: [] })).toEqual([null, null, null])
  })

  it('means and ranges are over seeds', () => {
    const [first] = fixturePreprocessing().cells
    const cells = [0.8, 0.9].map((accuracy, index) => ({ ...first!, accuracy, seed: index }))
    expect(preprocessingSpot({ cells }, first!.operator, first!.images)).toMatchObject({
      seeds: 2,
      least: 0.8,
      most: 0.9,
    })
    expect(preprocessingSpot({ cells }, first!.operator, first!.images)!.accuracy).toBeCloseTo(0.85, 12)
  })
})
