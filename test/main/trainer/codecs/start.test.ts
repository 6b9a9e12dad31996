import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { partitionPoints } from '#common/network/partition.ts'
import type { Codec, CodecPart } from '../../../../src/main/trainer/codecs/insert.ts'
import { insertCodec } from '../../../../src/main/trainer/codecs/insert.ts'
import { startAtFeatures } from '../../../../src/main/trainer/codecs/start.ts'
import { bottlenet } from '../../../../src/main/trainer/frameworks/bottlenet.ts'
import { bottlenetPP } from '../../../../src/main/trainer/frameworks/bottlenetPP.ts'
import { encoderOf } from '../../../../src/main/trainer/frameworks/ccto.ts'
import { jscc } from '../../../../src/main/trainer/frameworks/jscc.ts'
import type { Lab } from '../../../../src/main/trainer/frameworks/lab.ts'
import { asymmetricCodec, safbmp } from '../../../../src/main/trainer/frameworks/safbmp.ts'
import { playRecipe } from '../../../support/playRecipe.ts'
import { randomModel, smallVgg } from '../../../support/randomModel.ts'

const base = randomModel(smallVgg(0.25), 1)
const pool2 = partitionPoints(base.network).find(({ name }) => name === 'pool2')!
const { channels, height, width } = pool2.shape

/** Mean and standard deviation of a channel, from all of its values at once. */
function moments(maps: Float32Array, channel: number): { mean: number; deviation: number } {
  const area = height * width
  const values: number[] = []
  for (let at = channel * area; at < maps.length; at += channels * area) values.push(...maps.subarray(at, at + area))
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return { mean, deviation: Math.sqrt(variance) }
}

const start = (codec: Codec, scale = 1, offset = 0) => {
  let given = new Float32Array()
  const lab = {
    async features(_: unknown, layer: string, count: number) {
      expect(layer).toBe('pool2')
      // Every channel has statistics of its own.
      given = Float32Array.from({ length: count * channels * height * width }, (_value, at) => {
        const channel = Math.floor(at / (height * width)) % channels
        return offset + scale * (channel + 1) * (((at * 7919) % 101) / 101)
      })
      return given
    },
  } as unknown as Lab
  const placed = insertCodec(base, pool2, codec, 5)
  return startAtFeatures(lab, placed, pool2).then((model) => ({ placed, model, given: () => given }))
}

describe('the start of a codec', () => {
  it('gives the last normalisation what features have, whatever their scale', async () => {
    const codec = bottleneckOf([])
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0.01, max: 10, noNaN: true }),
        fc.double({ min: -3, max: 3, noNaN: true }),
        async (scale, offset) => {
          const { model, given } = await start(codec, scale, offset)
          for (const channel of [0, channels - 1]) {
            const { mean, deviation } = moments(given(), channel)
            expect(model.weights.get('pool2.decoder.bn.bias')![channel]).toBeCloseTo(mean, 3)
            expect(model.weights.get('pool2.decoder.bn.weight')![channel]! / deviation).toBeCloseTo(1, 3)
          }
        },
      ),
      { numRuns: 5 },
    )
  })

  it('shares mean and variance between branches, and lets a depthwise filter begin as the identity', async () => {
    const { placed, model, given } = await start(asymmetricCodec(channels, 4))
    const { mean, deviation } = moments(given(), 1)
    for (const branch of ['widen', 'shortcut']) {
      expect(model.weights.get(`pool2.decoder.${branch}.bn.weight`)![1]! ** 2).toBeCloseTo(deviation ** 2 / 2, 4)
      expect(model.weights.get(`pool2.decoder.${branch}.bn.bias`)![1]).toBeCloseTo(mean / 2, 4)
    }
    const filters = model.weights.get('pool2.encoder.depthwise.weight')!
    expect(filters).toHaveLength(9 * channels)
    for (let channel = 0; channel < channels; channel++) {
      expect([...filters.subarray(9 * channel, 9 * channel + 9)]).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0])
    }
    const changed = [...model.weights].filter(([name, values]) => placed.weights.get(name) !== values)
    expect(changed.map(([name]) => name).toSorted()).toEqual([
      'pool2.decoder.shortcut.bn.bias',
      'pool2.decoder.shortcut.bn.weight',
      'pool2.decoder.widen.bn.bias',
      'pool2.decoder.widen.bn.weight',
      'pool2.encoder.depthwise.weight',
    ])
  })

  it('leaves a codec without normalisation alone', async () => {
    const { placed, model, given } = await start(encoderOf(channels, 4, []))
    expect(model.weights).toEqual(placed.weights)
    expect(given()).toHaveLength(0)
  })

  it('is the same for every published codec that normalises', async () => {
    for (const [recipe, name] of [
      [safbmp, 'widen.bn'],
      [bottlenetPP, 'bn'],
      [bottlenet, 'bn'],
      [jscc, 'bn'],
    ] as const) {
      const { exported } = await playRecipe(recipe, ['pool2'])
      const coded = exported.filter(({ model }) => model.weights.has(`pool2.decoder.${name}.weight`))
      expect(coded.length).toBeGreaterThan(0)
      for (const { model } of coded) {
        // The lab's features are even over 0…1: mean ½, variance 1/12, each half of it where there are two branches.
        const share = recipe === safbmp ? 2 : 1
        for (const value of model.weights.get(`pool2.decoder.${name}.bias`)!) expect(value).toBeCloseTo(0.5 / share, 2)
        for (const value of model.weights.get(`pool2.decoder.${name}.weight`)!)
          expect(value).toBeCloseTo(Math.sqrt(1 / 12 / share), 2)
      }
    }
  })
})

/** 1×1 convolutions around a wire, and a normalisation at the end. */
function bottleneckOf(wire: CodecPart[]): Codec {
  const conv = (name: string, filters: number): CodecPart => ({
    ...{ op: 'conv', name, filters, kernel: 1, stride: 1, bias: false },
  })
  return {
    encoder: [conv('encoder.conv', 4)],
    wire,
    decoder: [conv('decoder.conv', channels), { op: 'batchnorm', name: 'decoder.bn' }],
  }
}
