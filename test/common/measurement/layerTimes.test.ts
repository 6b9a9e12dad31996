import { describe, expect, it } from 'vitest'
import { layerOfNode, layerTimes } from '#common/measurement/layerTimes.ts'
import { profiledNodes } from '#common/measurement/profile.ts'
import { buildNetwork } from '#common/network/architectures/index.ts'

const network = buildNetwork('vgg16', { classes: 10, width: 0.25, size: 32, mean: [0, 0, 0], std: [1, 1, 1] })

describe("the runtime's profile", () => {
  const event = (name: string, dur: number, op: string, index: number) => ({
    cat: 'Node',
    name: `${name}_kernel_time`,
    dur,
    args: { op_name: op, node_index: String(index) },
  })

  it('gives a mean per operator without the warm-up and the outliers', () => {
    const runs = [900, 10, 12, 10, 12, 10, 12, 10, 12, 10, 500]
    const events = runs.flatMap((us) => [
      event('/conv1.relu_nchwc', us, 'Conv', 3),
      { cat: 'Session', name: 'model_run', dur: 1 },
    ])
    const [node] = profiledNodes(JSON.stringify(events), 1)
    // Of 10 runs one is cut off at each end: 10, 10, 10, 10, 12, 12, 12, 12.
    expect(node).toMatchObject({ name: '/conv1.relu_nchwc', operator: 'Conv', meanMs: 0.011 })
  })

  it('is refused where it is none', () => {
    expect(() => profiledNodes('{}', 0)).toThrow(/no list/)
    expect(() => profiledNodes(JSON.stringify([event('a', -1, 'Conv', 1)]), 0)).toThrow(/no duration/)
  })
})

describe('an operator', () => {
  it.each([
    ['/conv1.relu_nchwc', 'Conv', 'conv1'],
    ['/conv13.relu', 'FusedConv', 'conv13'],
    ['/conv1.bn', 'Conv', 'conv1'],
    ['/conv1.relu', 'Relu', 'conv1.relu'],
    ['/pool2_nchwc', 'MaxPool', 'pool2'],
    ['/flatten', 'Flatten', 'flatten'],
    ['features', 'Gemm', 'fc'],
    ['/input', 'Add', null],
    ['/pixels/float', 'Cast', null],
    ['ReorderOutput', 'ReorderOutput', null],
  ])('%s (%s) belongs to %s', (name, operator, layer) => {
    expect(layerOfNode({ name, operator }, network)?.name ?? null).toBe(layer)
  })
})

describe('times of layers', () => {
  const node = (name: string, operator: string, meanMs: number) => ({ name, operator, meanMs, errorMs: 0.001 })
  const profile = [
    node('/pixels/float', 'Cast', 0.01),
    ...Array.from({ length: 13 }, (_, i) => node(`/conv${i + 1}.relu_nchwc`, 'Conv', 0.02 + 0.01 * (i % 4))),
    ...Array.from({ length: 5 }, (_, i) => node(`/pool${i + 1}_nchwc`, 'MaxPool', 0.005 / (i + 1))),
    node('ReorderOutput', 'ReorderOutput', 0.003),
    node('features', 'Gemm', 0.008),
  ]
  const rounds = (...values: number[]) => values

  it('come from the profile, from neighbouring heads by round, and from regressors', () => {
    const heads = [
      { point: 'conv1', rounds: rounds(1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7) },
      { point: 'conv2', rounds: rounds(3, 3.1, 3.2, 3.3, 3.4, 3.5, 3.6, 3.9) },
      { point: 'pool1', rounds: rounds(3.1, 3.2, 3.3, 3.4, 3.5, 3.6, 3.7, 4) },
      { point: 'pool5', rounds: rounds(5, 5, 5, 5, 5, 5, 5, 5) },
      { point: 'output', rounds: rounds(5.2, 5.2, 5.2, 5.2, 5.2, 5.2, 5.2, 5.2) },
    ]
    const { rows, restMs, basis } = layerTimes(network, { profile, heads, regressors: null })
    expect(basis).toBe('left out')
    expect(restMs).toBeCloseTo(0.013, 9)
    const at = (unit: string) => rows.find((row) => row.unit === unit)!
    expect(at('conv1')).toMatchObject({ profile: { ms: 0.02 }, difference: null })
    expect(at('conv2').difference!.ms).toBeCloseTo(2, 9)
    expect(at('conv2').difference!.ci95[1]).toBeCloseTo(2.2, 9)
    expect(at('pool1').difference!.ms).toBeCloseTo(0.1, 9)
    expect(at('conv3').difference).toBeNull()
    expect(at('fc').difference!.ms).toBeCloseTo(0.2, 9)
    expect(at('conv5').predictedMs).toBeGreaterThan(0)
    expect(at('pool3').predictedMs).toBeGreaterThan(0)
    expect(at('fc').predictedMs).toBeNull()
  })

  it('do without a profile where the runtime has none', () => {
    const { rows, restMs } = layerTimes(network, { profile: null, heads: [], regressors: null })
    expect(restMs).toBeNull()
    expect(rows.every((row) => row.profile === null && row.predictedMs === null)).toBe(true)
  })
})
