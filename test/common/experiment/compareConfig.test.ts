import { describe, expect, it } from 'vitest'
import { compareConfigSchema } from '#common/contract/config.ts'
import { CodedError } from '#common/errors.ts'
import { codecCandidates, codecFrameworks } from '#common/experiment/codecSeries.ts'
import type { CompareRequest } from '#common/experiment/compareConfig.ts'
import { resolveCompare } from '#common/experiment/compareConfig.ts'
import { defaultThroughput, planComparison } from '#common/experiment/plan.ts'
import { buildNetwork } from '#common/network/architectures/index.ts'
import { partitionPoints } from '#common/network/partition.ts'

const request: CompareRequest = {
  profile: 'quick',
  source: { kind: 'synthetic' },
  network: 'vgg16',
  width: 0.25,
  frameworks: 'all',
  points: undefined,
  device: 'local',
  server: 'local',
  link: { name: 'wifi', rateMbps: 18.88, rttMs: null },
  gamma: undefined,
  maxLoss: undefined,
  trainImages: undefined,
  testImages: undefined,
  epochs: undefined,
  batchSize: undefined,
  seed: 1,
  threads: 2,
  timeS: undefined,
}

const refused = (change: Partial<CompareRequest>): CodedError => {
  try {
    resolveCompare({ ...request, ...change })
  } catch (error) {
    if (error instanceof CodedError) return error
    throw error
  }
  throw new Error('it was accepted')
}

describe('resolveCompare', () => {
  it('takes readings and ablations of SAFBMP by their names, and leaves a configuration as it was without them', () => {
    expect(Object.keys(resolveCompare(request).codec)).not.toContain('biasReadings')
    const { codec } = resolveCompare({ ...request, biasReadings: 'literal, closed-form', ablations: 'all' })
    expect(codec.biasReadings).toEqual(['closed-form', 'literal'])
    expect(codec.ablations).toEqual(['no-pruning', 'no-coding', 'neither'])
    expect(resolveCompare({ ...request, ablations: 'none' }).codec.ablations).toEqual([])
    expect(refused({ biasReadings: 'wrong' })).toMatchObject({ code: 'unknown-name' })
    expect(resolveCompare({ ...request, filterNorm: 'l2' }).codec.filterNorm).toBe('l2')
    expect(refused({ filterNorm: 'l3' })).toMatchObject({ code: 'unknown-name' })
    expect(resolveCompare({ ...request, autoEpochs: 30 }).auto).toEqual({ ...resolveCompare(request).auto, epochs: 30 })
    expect(refused({ ablations: 'no-pruning,nothing' }).message).toContain('"nothing"')
  })

  it('puts codecs at points of their own, which are some of those compared', () => {
    expect(resolveCompare({ ...request, points: 'pool1,pool3,output' }).codec.points).toEqual([
      'pool1',
      'pool3',
      'output',
    ])
    const { points, codec } = resolveCompare({ ...request, points: 'all', codecPoints: 'pool3' })
    expect(points).toBeNull()
    expect(codec.points).toEqual(['pool3'])
    expect(resolveCompare({ ...request, codecPoints: 'all' }).codec.points).toBeNull()
    expect(refused({ codecPoints: 'pool9' })).toMatchObject({ code: 'unknown-name' })
    expect(refused({ codecPoints: 'output' })).toMatchObject({ code: 'unknown-name' })
    expect(refused({ points: 'pool1,output', codecPoints: 'pool3' })).toMatchObject({ code: 'unknown-name' })
    expect(refused({ points: 'input,output', codecPoints: 'all' })).toMatchObject({ code: 'bad-usage' })
  })

  it('fills in what the profile decides (protocol.md)', () => {
    const config = resolveCompare(request)
    expect(compareConfigSchema.parse(config)).toEqual(config)
    expect(config.data.trainImages).toBe(5_000)
    expect(config.maxLoss).toBe(0.05)
    expect(config.timing).toEqual({ seconds: 0.5, minIterations: 30, batch: 1, threads: 1 })
    expect(config.twoStep.step1Share).toBe(1 / 8)
    expect(resolveCompare({ ...request, profile: 'lab' }).maxLoss).toBe(0.018)
    expect(resolveCompare({ ...request, profile: 'toy' }).points).toEqual(['pool2', 'pool3'])
    for (const [network, count] of [
      ['vgg16', 10],
      ['resnet18', 5],
      ['mobilenetv1', 6],
      ['mobilenetv2', 8],
    ] as const) {
      expect(resolveCompare({ ...request, network, profile: 'quick' }).points).toHaveLength(count)
    }
    expect(resolveCompare({ ...request, network: 'mobilenetv1', profile: 'quick' }).points?.[0]).toBe('b1')
    expect(resolveCompare({ ...request, profile: 'quick', points: 'all' }).points).toBeNull()
  })

  it('puts points and frameworks in their own order, whatever order they were given in', () => {
    expect(resolveCompare({ ...request, points: 'pool3, conv1' }).points).toEqual(['conv1', 'pool3'])
    expect(resolveCompare({ ...request, frameworks: 'two-step,only-splitting' }).frameworks).toEqual([
      'only-splitting',
      'two-step',
    ])
  })

  it.each([
    [{ network: 'alexnet' }, /Unknown network "alexnet"/],
    [{ frameworks: 'bottlenets' }, /Unknown framework "bottlenets"/],
    [{ points: 'conv1,pool9' }, /Unknown partition point "pool9"/],
    [{ profile: 'fast' }, /Unknown profile "fast"/],
    [{ width: 0 }, /--width 0/],
    [{ frameworks: ' , ' }, /empty list/],
  ] as [Partial<CompareRequest>, RegExp][])('refuses %j with exit 2 and what there is', (change, message) => {
    const error = refused(change)
    expect(error.message).toMatch(message)
    expect(error.exitCode).toBe(2)
    expect(error.hint).toBeTruthy()
  })
})

describe('planComparison', () => {
  it('lists every resumable point in the order of the run', () => {
    const config = resolveCompare({ ...request, points: 'pool1,conv3' })
    const network = buildNetwork('vgg16', { classes: 10, width: 0.25, size: 32, mean: [], std: [] })
    const points = partitionPoints(network).filter(({ name }) => ['input', 'pool1', 'conv3', 'output'].includes(name))
    const plan = planComparison(config, network, points, defaultThroughput)
    expect(plan.map((item) => item.phase)).toEqual([
      'data',
      'baseline',
      'only-splitting',
      'cloud-only',
      'step1',
      'two-step',
      'step2/conv2',
      'step2/conv3',
      ...codecFrameworks,
      'auto-times',
      'auto',
      'time',
      'report',
    ])
    for (const item of plan) expect(item.seconds).toBeGreaterThan(0)
  })

  it('puts codecs at one point in the middle unless points are named, and then at these', () => {
    expect(resolveCompare({ ...request, profile: 'quick' }).codec.points).toContain('pool3')
    expect(resolveCompare({ ...request, profile: 'quick', points: 'pool1' }).codec.points).toEqual(['pool1'])
    expect(resolveCompare({ ...request, profile: 'quick', points: 'all' }).codec.points).toBeNull()
    const { codec } = resolveCompare({ ...request, profile: 'quick' })
    expect(codecFrameworks.map((name) => codecCandidates(name, codec))).toEqual([2, 6, 16, 4, 11, 6])
  })
})
