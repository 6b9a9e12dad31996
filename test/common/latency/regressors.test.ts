import { describe, expect, it } from 'vitest'
import type { LayerSample } from '#common/latency/regressors.ts'
import { fitRegressors, fitRidge, layerWork, mape, predictLeftOut, predictMs } from '#common/latency/regressors.ts'
import { random } from '#common/random.ts'

const draw = random(3, 'regressors')
/** A machine with a cost per call, per input map and per MAC. */
const convolutions: LayerSample[] = Array.from({ length: 40 }, () => {
  const [maps, filters, side] = [1, 1, 1].map(() => 2 ** (2 + draw.next() * 5)) as [number, number, number]
  const macs = maps * 9 * filters * side * side
  const features = [maps, 9 * filters, side * side, macs]
  return { kind: 'conv' as const, features, ms: (0.002 + macs / 4e7) * (1 + 0.02 * draw.normal()) }
})

describe('features of a layer', () => {
  const shape = { channels: 16, height: 8, width: 8 }

  it("are the paper's, with output size and MACs", () => {
    const conv = {
      name: 'c',
      unit: 'c',
      op: 'conv',
      inputs: ['x'],
      filters: 32,
      kernel: 3,
      stride: 2,
      padding: 1,
      bias: true,
    } as const
    expect(layerWork(conv, shape, { channels: 32, height: 4, width: 4 })).toEqual({
      kind: 'conv',
      features: [16, 72, 16, 32 * 16 * 16 * 9],
    })
    const pool = { name: 'p', unit: 'p', op: 'maxpool', inputs: ['x'], kernel: 2, stride: 2 } as const
    expect(layerWork(pool, shape, { channels: 16, height: 4, width: 4 })).toEqual({
      kind: 'pooling',
      features: [1024, 256],
    })
    const dense = { name: 'd', unit: 'd', op: 'dense', inputs: ['x'], outputs: 10 } as const
    expect(layerWork(dense, shape, { channels: 10, height: 1, width: 1 })).toEqual({
      kind: 'dense',
      features: [1024, 10, 10240],
    })
    const flatten = { name: 'f', unit: 'f', op: 'flatten', inputs: ['x'] } as const
    expect(layerWork(flatten, shape, shape)).toBeNull()
  })
})

describe('ridge', () => {
  it('is the closed form for one term, by hand', () => {
    // ln x = 0, 1, 2 and its square: the square's column is 0, 1, 4. Two standardised terms, checked with NumPy 1.26:
    // numpy.linalg.solve(Z.T @ Z + 0.5 * eye(2), Z.T @ (y - y.mean()))
    const samples = [0, 1, 2].map((log) => ({
      kind: 'elementwise' as const,
      features: [Math.exp(log)],
      ms: Math.exp([1, 2, 4][log]!),
    }))
    const { intercept, weights, means, scales } = fitRidge('elementwise', samples, 0.5)
    expect(intercept).toBeCloseTo(7 / 3, 12)
    expect(means[0]).toBeCloseTo(1, 12)
    expect(means[1]).toBeCloseTo(5 / 3, 12)
    expect(scales[0]).toBeCloseTo(Math.sqrt(2 / 3), 12)
    expect(scales[1]).toBeCloseTo(Math.sqrt(26 / 9), 12)
    expect(weights[0]).toBeCloseTo(0.5376928703670392, 9)
    expect(weights[1]).toBeCloseTo(0.62183164799912, 9)
  })

  it('recovers a power law, and a term that never varies does no harm', () => {
    const samples = Array.from({ length: 12 }, (_, i) => ({
      kind: 'pooling' as const,
      features: [2 ** i, 8],
      ms: 3 * (2 ** i) ** 0.8,
    }))
    const regressors = fitRegressors(samples)
    expect(regressors[0]!.mape).toBeLessThan(0.01)
    expect(predictMs(regressors, { kind: 'pooling', features: [300, 8] })! / (3 * 300 ** 0.8)).toBeCloseTo(1, 2)
  })
})

describe('the regressors of a device', () => {
  it('predict layers that were not among the samples, as well as their error says', () => {
    const regressors = fitRegressors(convolutions.slice(0, 30))
    const fresh = convolutions.slice(30)
    const error = mape(
      fresh,
      fresh.map((sample) => predictMs(regressors, sample)!),
    )
    expect(regressors[0]).toMatchObject({ kind: 'conv', samples: 30 })
    expect(regressors[0]!.mape).toBeLessThan(0.2)
    expect(error).toBeLessThan(2 * regressors[0]!.mape + 0.05)
  })

  it('leave out what they predict', () => {
    const few = convolutions.slice(0, 8)
    const left = predictLeftOut(few)
    // By another way: fitted anew without each, with the strength that was chosen for all.
    const { lambda } = fitRegressors(few)[0]!
    const third = fitRidge(
      'conv',
      few.filter((_, index) => index !== 2),
      lambda,
    )
    expect(left[2]).toBeCloseTo(predictMs([{ ...third, mape: 0 }], few[2]!)!, 10)
    // An absurd time changes the others' predictions and hardly its own.
    const absurd = few.map((sample, index) => (index === 2 ? { ...sample, ms: sample.ms * 1000 } : sample))
    expect(predictLeftOut(absurd)[2]).not.toBeCloseTo(absurd[2]!.ms, 0)
  })

  it('say nothing of a kind with too few samples', () => {
    expect(fitRegressors(convolutions.slice(0, 3))).toEqual([])
    expect(predictLeftOut(convolutions.slice(0, 3))).toEqual([null, null, null])
    expect(predictMs(fitRegressors(convolutions), { kind: 'dense', features: [1, 1, 1] })).toBeNull()
  })

  it('do not depend on the unit of time', () => {
    const other = convolutions.map((sample) => ({ ...sample, ms: sample.ms * 1000 }))
    const one = predictMs(fitRegressors(convolutions), convolutions[0]!)!
    expect(predictMs(fitRegressors(other), convolutions[0]!)! / one).toBeCloseTo(1000, 6)
  })
})
