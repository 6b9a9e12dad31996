import { describe, expect, it } from 'vitest'
import { predictionErrors } from '#common/measurement/predictionErrors.ts'

describe('errors of predictions per kind of layer', () => {
  it('counts every layer alike, and lets errors cancel in the sum only', () => {
    const [conv, dense, ...more] = predictionErrors([
      { kind: 'dense', ms: 2, predictedMs: 2 },
      { kind: 'conv', ms: 1, predictedMs: 1.5 },
      { kind: 'conv', ms: 3, predictedMs: 2.5 },
      // A tenth too much is a hit.
      { kind: 'conv', ms: 10, predictedMs: 11 },
    ])
    expect(more).toEqual([])
    expect(conv).toMatchObject({ kind: 'conv', layers: 3, measuredMs: 14, predictedMs: 15 })
    expect(conv!.mape).toBeCloseTo((0.5 + 0.5 / 3 + 0.1) / 3, 12)
    expect(conv!.hits).toBeCloseTo(2 / 3, 12)
    expect(conv!.sumError).toBeCloseTo(1 / 14, 12)
    expect(dense).toMatchObject({ kind: 'dense', layers: 1, mape: 0, hits: 1, sumError: 0 })
  })

  it('has nothing to say of a layer without a time', () => {
    expect(predictionErrors([{ kind: 'pooling', ms: 0, predictedMs: 1 }])).toEqual([])
  })
})
