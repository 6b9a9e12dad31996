import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import type { criterionNames } from '#common/experiment/criteria.ts'
import { channelGroups } from '#common/network/channelGroups.ts'
import { random } from '#common/random.ts'
import type { ChannelStatistics } from '../../../../src/main/trainer/pruning/criteria/criterion.ts'
import { criterionNamed } from '../../../../src/main/trainer/pruning/criteria/index.ts'
import { independence, rankOf } from '../../../../src/main/trainer/pruning/criteria/ranks.ts'
import { symmetricEigenvalues } from '../../../../src/main/trainer/pruning/eigenvalues.ts'
import { expectedValues } from '../../../../src/main/trainer/pruning/expectation.ts'
import { keepBest, keepShare } from '../../../../src/main/trainer/pruning/ranking.ts'
import { weightStatistics } from '../../../../src/main/trainer/pruning/statistics.ts'
import { toyNetwork } from '../../../support/handNetworks.ts'
import { randomModel } from '../../../support/randomModel.ts'
import { describeWith } from '../../../support/requires.ts'

const nothing: ChannelStatistics = {
  channels: 2,
  filters: [],
  scales: [],
  readers: [],
  rectified: [],
  moved: null,
  taylor: null,
  maps: null,
  costShare: 0,
  random: random(1, 'test'),
}
const score = (name: (typeof criterionNames)[number], statistics: Partial<ChannelStatistics>, flopsRegulariser = 0) =>
  [...criterionNamed(name, { flopsRegulariser }).score({ ...nothing, ...statistics })].map((value) =>
    Number(value.toFixed(5)),
  )

describe('criteria, by hand', () => {
  it('Taylor scores are means over examples, of length 1 per layer, less the cost term', () => {
    const taylor = { sum: Float32Array.of(6, 8), signed: Float32Array.of(-6, 0), examples: 2 }
    expect(score('taylor', { taylor, costShare: 0.5 })).toEqual([0.6, 0.8])
    expect(score('taylor', { taylor, costShare: 0.5 }, 0.1)).toEqual([0.55, 0.75])
    expect(score('taylor-epoch', { taylor })).toEqual([1, 0])
    const zero = { sum: new Float32Array(2), signed: new Float32Array(2), examples: 1 }
    expect(score('taylor', { taylor: zero, costShare: 1 })).toEqual([0, 0])
  })

  it('norms add up over all layers that make a channel', () => {
    const filters = [
      { values: Float32Array.of(1, -2, 3, 0), size: 2 },
      { values: Float32Array.of(-2, 4), size: 1 },
    ]
    expect(score('l1', { filters })).toEqual([5, 7])
    expect(score('l2', { filters })).toEqual([3, 5])
    expect(score('bn-scale', { scales: [Float32Array.of(0.5, 1), Float32Array.of(2, 0)] })).toEqual([2.5, 1])
  })

  it('the feature bias is the mean shift of what the readers compute, per output', () => {
    const reader = { expected: Float32Array.of(2, 3), kernelSums: Float32Array.of(1, -1, 3, 0), outputs: 2 }
    expect(score('feature-bias', { readers: [reader] })).toEqual([4, 1.5])
    expect(score('feature-bias', { readers: [reader, reader] })).toEqual([8, 3])
  })

  it('its other readings: what masking has moved, and what the non-linearity itself moves', () => {
    expect(score('feature-bias-empirical', { moved: Float32Array.of(3, 1) })).toEqual([3, 1])
    const site = { before: Float32Array.of(0, -1), behind: Float32Array.of(0.3989, 0.0042) }
    expect(score('feature-bias-literal', { rectified: [site] })).toEqual([0.3989, 1.0042])
    expect(score('feature-bias-literal', { rectified: [site, site] })).toEqual([0.7978, 2.0084])
    expect(score('feature-bias-literal', {})).toEqual([0, 0])
  })

  it('ranks count independent rows, whatever their size; ties go to the larger filters', () => {
    const outer = Float32Array.from({ length: 16 }, (_, i) => (1 + Math.floor(i / 4)) * (2 - (i % 4)))
    expect(rankOf(outer, 0, 4, 4)).toBe(1)
    expect(rankOf(new Float32Array(16), 0, 4, 4)).toBe(0)
    const tiny = Float32Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1e-6 : 0))
    expect(rankOf(tiny, 0, 4, 4)).toBe(4)
    const maps = [{ values: Float32Array.from([...outer, ...tiny]), height: 4, width: 4 }]
    const filters = [{ values: Float32Array.of(1, 4), size: 1 }]
    const [first, second] = score('hrank', { maps, filters })
    expect([Math.floor(first), Math.floor(second)]).toEqual([1, 4])
    const same = [{ values: Float32Array.from([...tiny, ...tiny]), height: 4, width: 4 }]
    const [small, large] = score('hrank', { maps: same, filters })
    expect(large).toBeGreaterThan(small)
  })

  it('a channel that others span is the least independent, with few and with many positions', () => {
    for (const [height, width] of [
      [4, 4],
      [1, 2],
    ]) {
      const rng = random(3, 'maps')
      const positions = height * width
      const rows = Array.from({ length: 3 }, () => Array.from({ length: positions }, () => rng.normal()))
      const spanned = rows[0].map((value, at) => 0.1 * value + 0.1 * rows[1][at])
      const values = Float32Array.from([...rows.flat(), ...spanned])
      const found = independence({ values, height, width }, 4)
      expect([...found].indexOf(Math.min(...found))).toBe(3)
    }
  })

  it('random is reproducible, and another stream is another order', () => {
    const draw = (key: string) => score('random', { random: random(7, key) })
    expect(draw('a')).toEqual(draw('a'))
    expect(draw('a')).not.toEqual(draw('b'))
  })
})

it('eigenvalues of a matrix made from known ones, repeated and zero ones among them', () => {
  const rng = random(5, 'matrix')
  for (const known of [[2], [1, 1], [0, 0, 3], [-2, 0, 1e-3, 4, 4, 1e4], Array.from({ length: 33 }, (_, i) => i % 7)]) {
    const n = known.length
    // A random rotation, by Gram-Schmidt.
    const basis: number[][] = []
    while (basis.length < n) {
      let vector = Array.from({ length: n }, () => rng.normal())
      for (const other of basis) {
        const along = other.reduce((sum, value, i) => sum + value * vector[i], 0)
        vector = vector.map((value, i) => value - along * other[i])
      }
      const length = Math.hypot(...vector)
      if (length > 0.1) basis.push(vector.map((value) => value / length))
    }
    const matrix = Float64Array.from({ length: n * n }, (_, at) =>
      known.reduce((sum, value, k) => sum + value * basis[k][Math.floor(at / n)] * basis[k][at % n], 0),
    )
    const found = symmetricEigenvalues(matrix, n)
    const expected = known.toSorted((a, b) => a - b)
    const scale = Math.max(...known.map(Math.abs))
    for (const [i, value] of expected.entries()) expect(Math.abs(found[i] - value)).toBeLessThan(1e-9 * scale)
  }
})

it('eigenvalues of matrices of low rank, whose diagonals vanish but for rounding', () => {
  const rng = random(6, 'low rank')
  for (let trial = 0; trial < 200; trial++) {
    const [n, rank] = [2 + rng.below(15), 1 + rng.below(3)]
    const rows = Array.from({ length: n }, () =>
      Array.from({ length: rank }, () => (rng.next() < 0.5 ? 0 : rng.normal())),
    )
    const matrix = Float64Array.from({ length: n * n }, (_, at) =>
      rows[Math.floor(at / n)].reduce((sum, value, k) => sum + value * rows[at % n][k], 0),
    )
    const found = symmetricEigenvalues(matrix, n)
    const trace = rows.flat().reduce((sum, value) => sum + value * value, 0)
    expect(Math.abs(found.reduce((sum, value) => sum + value, 0) - trace)).toBeLessThan(1e-12 * (1 + trace))
    for (const value of found.slice(0, Math.max(0, n - rank))) expect(Math.abs(value)).toBeLessThan(1e-12 * (1 + trace))
  }
})

describeWith('python', "against numpy's singular values", () => {
  it('ranks and channel independence', () => {
    const rng = random(11, 'maps')
    const [channels, height, width] = [5, 6, 6]
    const values = Float32Array.from({ length: channels * height * width }, (_, at) => {
      const channel = Math.floor(at / (height * width))
      // Channel 1 has rank 2 at most, channel 3 is a copy of channel 0 but for a factor.
      return channel === 1 ? Math.fround((at % width) - Math.floor(at / width) * 0.5) : Math.fround(rng.normal())
    })
    values.set(
      values.subarray(0, height * width).map((value) => 2 * value),
      3 * height * width,
    )
    const script = `
import json, sys, numpy as np
a = np.array(json.load(sys.stdin), dtype=np.float32).reshape(${channels}, ${height}, ${width})
m = a.reshape(${channels}, -1).astype(np.float64)
nuclear = lambda x: float(np.linalg.svd(x, compute_uv=False).sum())
print(json.dumps({
  'ranks': [int(np.linalg.matrix_rank(one)) for one in a],
  'ci': [nuclear(m) - nuclear(np.delete(m, i, 0)) for i in range(${channels})],
}))`
    const reference = JSON.parse(
      execFileSync(process.env.SPLITBENCH_PYTHON!, ['-c', script], {
        input: JSON.stringify([...values]),
        encoding: 'utf8',
      }),
    ) as {
      ranks: number[]
      ci: number[]
    }
    const ranks = Array.from({ length: channels }, (_, channel) =>
      rankOf(values, channel * height * width, height, width),
    )
    expect(ranks).toEqual(reference.ranks)
    const found = independence({ values, height, width }, channels)
    for (const [channel, value] of reference.ci.entries()) expect(found[channel]).toBeCloseTo(value, 5)
  })
})

it('expected values behind ReLU are those worked out by hand (frameworks.md §16, 7)', () => {
  const model = randomModel(toyNetwork({ filters: 3 }), 4)
  model.weights.get('conv1.bn.bias')!.set([0, -1, 0.3])
  // A scale's sign turns nothing round: its distribution is symmetric.
  model.weights.get('conv1.bn.weight')!.set([1, 0.5, -0.2])
  const found = expectedValues(model, 'conv1.relu')!
  for (const [channel, value] of [0.3989, 0.0042, 0.3059].entries()) expect(found[channel]).toBeCloseTo(value, 4)
})

it("a ReLU's own bias is E[ReLU(−y)], worked out by hand from the same constants", () => {
  const model = randomModel(toyNetwork({ filters: 3 }), 4)
  model.weights.get('conv1.bn.bias')!.set([0, -1, 0.3])
  model.weights.get('conv1.bn.weight')!.set([1, 0.5, -0.2])
  const statistics = weightStatistics(model, channelGroups(model.network), 'conv1')
  const found = score('feature-bias-literal', { channels: 3, rectified: statistics.rectified })
  for (const [channel, value] of [0.3989, 1.0042, 0.0059].entries()) expect(found[channel]).toBeCloseTo(value, 3)
})

it('expected values behind normalisation, ReLU, ReLU6 and addition are those of many draws', () => {
  const base = toyNetwork({ filters: 3 })
  const network = {
    ...base,
    layers: [
      ...base.layers.slice(0, 7),
      { name: 'sum', unit: 'sum', op: 'add' as const, inputs: ['conv1.bn', 'conv2.bn'] },
      { name: 'six', unit: 'sum', op: 'relu' as const, inputs: ['sum'], max: 6 as const },
      ...base.layers.slice(7).map((layer) => (layer.name === 'pool1' ? { ...layer, inputs: ['six'] } : layer)),
    ],
  }
  const model = randomModel(network, 4)
  model.weights.get('conv1.bn.bias')!.set([0.5, -1, 6])
  const rng = random(2, 'draws')
  const count = 200_000
  for (const [name, units] of [
    ['conv1.relu', ['conv1']],
    ['six', ['conv1', 'conv2']],
  ] as const) {
    const found = expectedValues(model, name)!
    for (let channel = 0; channel < 3; channel++) {
      let sum = 0
      for (let draw = 0; draw < count; draw++) {
        let x = 0
        for (const unit of units) {
          x +=
            model.weights.get(`${unit}.bn.bias`)![channel] +
            model.weights.get(`${unit}.bn.weight`)![channel] * rng.normal()
        }
        sum += Math.min(Math.max(0, x), name === 'six' ? 6 : Number.POSITIVE_INFINITY)
      }
      expect(Math.abs(found[channel] - sum / count)).toBeLessThan(0.01)
    }
  }
  expect(expectedValues(model, 'conv1')).toBeUndefined()
})

it('the feature bias of a network without normalisation is refused, other statistics are there', () => {
  const base = toyNetwork({ filters: 3 })
  const bare = {
    ...base,
    layers: base.layers
      .filter((layer) => layer.op !== 'batchnorm')
      .map((layer) => ({ ...layer, inputs: layer.inputs.map((name) => name.replace('.bn', '')) })),
  }
  const statistics = weightStatistics(randomModel(bare, 1), channelGroups(bare), 'conv1')
  expect(statistics.filters).toHaveLength(1)
  expect(() => statistics.readers).toThrow(/no batch normalisation/)
})

describe('choosing', () => {
  const scores = new Map([
    ['a', Float32Array.of(0.1, 0.2, 0.9, 0.8, 0.7)],
    ['b', Float32Array.of(0.3, 0.35)],
  ])
  it('rounds the survivors up to a multiple, with the best of the dropped', () => {
    expect(keepBest(scores, 4, 4)).toEqual(
      new Map([
        ['a', [1, 2, 3, 4]],
        ['b', [0, 1]],
      ]),
    )
  })
  it('keeps the same share of every layer', () => {
    expect(keepShare(scores, 0.5)).toEqual(
      new Map([
        ['a', [2, 3, 4]],
        ['b', [1]],
      ]),
    )
    expect(keepShare(scores, 0.01).get('a')).toEqual([2])
  })
})
