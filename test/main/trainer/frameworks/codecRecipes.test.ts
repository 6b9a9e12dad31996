import { describe, expect, it } from 'vitest'
import type { Ablation, BiasReading } from '#common/contract/config.ts'
import { codecCandidates } from '#common/experiment/codecSeries.ts'
import { buildNetwork } from '#common/network/architectures/index.ts'
import { layerMacs } from '#common/network/cost.ts'
import { partitionPoints } from '#common/network/partition.ts'
import { inferShapes } from '#common/network/shapes.ts'
import type { Model } from '#common/network/weights.ts'
import { sigmaAt } from '#common/wire/channel.ts'
import { bitsOf } from '../../../../src/main/trainer/candidates/bytes.ts'
import { insertCodec } from '../../../../src/main/trainer/codecs/insert.ts'
import { bottlenet } from '../../../../src/main/trainer/frameworks/bottlenet.ts'
import { bottleneck, bottlenetPP } from '../../../../src/main/trainer/frameworks/bottlenetPP.ts'
import { ccto, rampedSparsity } from '../../../../src/main/trainer/frameworks/ccto.ts'
import { autoencoder, jscc } from '../../../../src/main/trainer/frameworks/jscc.ts'
import { asymmetricCodec, layerRates, returned, safbmp } from '../../../../src/main/trainer/frameworks/safbmp.ts'
import { codingOfWire, crossingAt } from '../../../../src/main/trainer/onnx/crossing.ts'
import { crossingTensor } from '../../../../src/main/trainer/onnx/export.ts'
import { groupsBefore } from '../../../../src/main/trainer/pruning/masks.ts'
import { filtersOf } from '../../../../src/main/trainer/pruning/ranking.ts'
import { grid, playRecipe, pointOf } from '../../../support/playRecipe.ts'
import { randomModel, smallVgg } from '../../../support/randomModel.ts'

const full = randomModel(smallVgg(1, 100), 1)
const cut = (name: string) => partitionPoints(full.network).find((point) => point.name === name)!

/** Bits of the code of one image, and MACs of the encoder's convolution. */
function sizes(model: Model, point: string) {
  const at = partitionPoints(model.network).find(({ name }) => name === point)!
  const coding = codingOfWire(model, at.layer)!
  const { shape } = crossingTensor(model.network, at.layer, coding)
  const elements = shape.reduce((product, extent) => product * extent, 1)
  const shapes = inferShapes(model.network)
  const conv = model.network.layers.find(({ name }) => name === `${point}.encoder.conv`)!
  return {
    elements,
    bits: elements * bitsOf(coding),
    macs: layerMacs(conv, shapes.get(conv.inputs[0])!, shapes.get(conv.name)!),
  }
}

describe('BottleNet++', () => {
  it('has the sizes of the published commands (frameworks.md §9.5)', () => {
    const erasure = bottleneck(cut('pool5'), { channel: 'erasure', width: 8, side: 1 })
    expect(sizes(insertCodec(full, cut('pool5'), erasure, 1), 'pool5')).toMatchObject({ bits: 64, elements: 8 })
    const noise = bottleneck(cut('conv12'), { channel: 'awgn', width: 8, side: 1 })
    const symbols = sizes(insertCodec(full, cut('conv12'), noise, 1), 'conv12')
    expect(symbols.elements).toBe(32)
    // The published 147.7 k and 36.9 k count the 512 channels, not the plane that tells of the channel.
    expect(symbols.macs * (512 / 513)).toBeCloseTo(147_456, 0)
  })

  it('halves with 2×2 convolutions where it is told to', () => {
    const halved = insertCodec(
      full,
      cut('pool3'),
      bottleneck(cut('pool3'), { channel: 'erasure', width: 8, side: 2 }),
      1,
    )
    expect(sizes(halved, 'pool3').elements).toBe(8 * 2 * 2)
    expect(inferShapes(halved.network).get('pool3.decoder.relu')).toEqual({ channels: 256, height: 4, width: 4 })
  })

  it('makes its series: bits are exactly n·C′·H′·W′, codec alone first, then everything', async () => {
    const { exported, fits, base } = await playRecipe(bottlenetPP, ['pool3'])
    expect(exported).toHaveLength(codecCandidates('bottlenet-pp', grid))
    const bits = exported
      .filter(({ step }) => step!.startsWith('erasure'))
      .map(({ model }) => sizes(model, 'pool3').bits)
    expect(bits).toEqual([16, 8, 4].flatMap((width) => [8 * width * 16, 4 * width * 16]))
    expect(fits[0]).toMatchObject({ from: 'pool3' })
    expect(fits[0].layers.every((name) => name.startsWith('pool3.'))).toBe(true)
    expect(fits[1].from).toBeUndefined()
    expect(fits[1].layers).toContain('conv1')
    for (const one of exported) {
      expect(pointOf(one).headMacs).toBeGreaterThan(base.points[0].headMacs)
      expect(one.model.network.layers.find(({ op }) => op === 'condition')).toMatchObject({ limit: expect.any(Number) })
    }
  })
})

describe('BottleNet', () => {
  it('learns without JPEG first, then through it, on codes up to the 99.9th percentile', async () => {
    const { exported, fits } = await playRecipe(bottlenet, ['pool3'], { ...grid, reductions: [1, 2] })
    expect(exported).toHaveLength(6)
    const [first] = exported
    const { wire, encoded } = crossingAt(first.model.network, pointOf(first).layer)
    expect(encoded).toBe('pool3.encoder.relu')
    expect(wire.map(({ op }) => op)).toEqual(['quantise', 'jpeg'])
    // Features of the lab are even over 0…1.
    expect(wire[0]).toMatchObject({ low: 0, bits: 8 })
    expect((wire[0] as { high: number }).high).toBeCloseTo(0.999, 3)
    expect(wire[1]).toMatchObject({ quality: 20 })
    expect(fits[0].epochs + fits[1].epochs).toBeCloseTo(grid.frozenEpochs)
    expect(exported.map((one) => sizes(one.model, 'pool3').elements)).toEqual([256, 128, 64, 64, 32, 16])
  })
})

describe('CCTO', () => {
  it('counts b·hid·H·W bits: 512 bytes at split 3 with 4 channels of 4 bits (frameworks.md §10.5)', async () => {
    const { exported } = await playRecipe(ccto, ['pool3'])
    expect(exported).toHaveLength(codecCandidates('ccto', grid))
    const uniform = exported.find(({ step }) => step!.startsWith('C/4, 4-bit uniform'))!
    const words = exported.find(({ step }) => step!.startsWith('C/4, 2-bit words'))!
    expect(sizes(uniform.model, 'pool3').bits).toBe(4 * 16 * 16)
    expect(sizes(words.model, 'pool3').bits).toBe(2 * 16 * 16)
    expect(4 * 4 * 16 * 16).toBe(512 * 8)
    // Vectors of 4 channels for 8 bits cost as much as 2-bit words; a whole image costs one byte, whatever the map.
    const vectors = exported.find(({ step }) => step!.startsWith('C/4, 8-bit vectors of 4'))!
    expect(sizes(vectors.model, 'pool3')).toMatchObject({ elements: 4 * 16, bits: 2 * 16 * 16 })
    const [whole, ...more] = exported.filter(({ step }) => step!.startsWith('whole image, one 8-bit index'))
    expect(more).toEqual([])
    expect(sizes(whole!.model, 'pool3')).toMatchObject({ elements: 1, bits: 8 })
    expect(codingOfWire(uniform.model, pointOf(uniform).layer)).toMatchObject({ levels: 15, offset: -1 })
    expect(codingOfWire(words.model, pointOf(words).layer)).toMatchObject({ type: 'scalars' })
  })

  it('has a rate of its own where the profile gives codecs without normalisation one', async () => {
    const rates = async (codec: Partial<typeof grid>) =>
      new Set(
        (await playRecipe(ccto, ['pool2'], { ...grid, frozenRate: 0.01, ...codec })).fits
          .filter(({ from }) => from)
          .map(({ rate }) => rate),
      )
    expect(await rates({ plainRate: 0.004 })).toEqual(new Set([0.004, 0.002]))
    expect(await rates({ plainRate: undefined })).toEqual(new Set([0.01, 0.005]))
  })

  it('scores filters by the norm that is asked for, ℓ1 unless said', async () => {
    const norms = async (codec: Partial<typeof grid>) =>
      new Set((await playRecipe(ccto, ['pool2'], { ...grid, ...codec })).scored.map((one) => one.criterion))
    expect(await norms({})).toEqual(new Set(['l1']))
    expect(await norms({ filterNorm: 'l2' })).toEqual(new Set(['l2']))
  })

  it('prunes what lies before the cut only, by its sparsity, in a ramp that ends at 60 % of the rounds', async () => {
    const { exported, base } = await playRecipe(ccto, ['pool2', 'pool3'])
    for (const one of exported) {
      const before = groupsBefore(base.model.network, one.point)
      expect(before).toEqual(
        one.point === 'pool2' ? ['conv1', 'conv2', 'conv3', 'conv4'] : expect.arrayContaining(['conv7']),
      )
      for (const name of before) {
        expect(filtersOf(one.model.network, name)).toBe(filtersOf(base.model.network, name) / 2)
      }
      expect(filtersOf(one.model.network, 'conv8')).toBe(filtersOf(base.model.network, 'conv8'))
    }
    const ramp = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((round) => rampedSparsity(0.5, round, 10))
    expect(ramp.slice(5)).toEqual([0.5, 0.5, 0.5, 0.5, 0.5])
    expect(ramp[2]).toBeCloseTo(0.5 * (1 - 0.5 ** 3), 12)
  })
})

describe('JSCC', () => {
  it('sends C′·H/2·W/2 symbols: the sizes of frameworks.md §12.4', () => {
    const at = (point: string, width: number) =>
      sizes(
        insertCodec(
          full,
          cut(point),
          autoencoder(cut(point).shape.channels, width, 14.5, cut(point).shape.height > 1),
          1,
        ),
        point,
      )
    expect(at('pool2', 128).elements).toBe(2048)
    expect(at('pool4', 128).elements).toBe(128)
    expect(at('pool5', 8).elements).toBe(8)
    for (const [point, macs] of [
      ['pool1', 36_864],
      ['pool2', 18_432],
      ['pool3', 9_216],
      ['pool4', 4_608],
    ] as const) {
      expect(at(point, 3).macs).toBe(3 * macs)
    }
  })

  it('prunes to the ratio of the filters before the cut, restores by L1, then classifies; one model per SNR', async () => {
    const { exported, fits, base } = await playRecipe(jscc, ['pool2'], { ...grid, snrs: [0, 14.5] })
    expect(exported).toHaveLength(codecCandidates('jscc', { ...grid, snrs: [0, 14.5] }))
    const count = (model: Model): number =>
      groupsBefore(base.model.network, 'pool2').reduce((sum, name) => sum + filtersOf(model.network, name), 0)
    for (const one of exported) {
      expect(count(one.model)).toBe(count(base.model) / 2)
      expect(codingOfWire(one.model, pointOf(one).layer)).toEqual({ type: 'float32' })
    }
    expect(fits[0]).toMatchObject({ from: 'pool2', restore: 'pool2.decoder.out' })
    expect(fits[1].restore).toBeUndefined()
    const levels = exported.map(({ model }) => model.network.layers.find(({ op }) => op === 'awgn'))
    expect(levels[0]).toMatchObject({ level: 1, limit: null })
    expect(levels[1]).toMatchObject({ level: sigmaAt(14.5) })
  })
})

describe('a codec', () => {
  it('gives signed features back: its decoder then ends without a ReLU', async () => {
    const network = buildNetwork('mobilenetv2', { classes: 10, width: 0.25, size: 32, mean: [], std: [] })
    const { exported } = await playRecipe(bottlenetPP, ['ir10'], grid, network)
    const ends = (one: (typeof exported)[number]): string =>
      one.model.network.layers.filter(({ name }) => name.startsWith('ir10.decoder')).at(-1)!.op
    expect(exported.map(ends)).toEqual(exported.map(() => 'batchnorm'))
    const unsigned = await playRecipe(bottlenetPP, ['pool3'])
    expect(unsigned.exported[0].model.network.layers.some(({ name }) => name === 'pool3.decoder.relu')).toBe(true)
  })
})

describe('SAFBMP', () => {
  it('encodes for 1/C′ + 1/9 of what a 3×3 convolution costs (frameworks.md §11.5)', () => {
    for (const [width, ratio] of [
      [8, 0.236],
      [16, 0.174],
      [32, 0.142],
    ]) {
      const { network } = insertCodec(full, cut('pool3'), asymmetricCodec(256, width), 1)
      const shapes = inferShapes(network)
      const macs = ['pool3.encoder.depthwise', 'pool3.encoder.conv'].map((name) => {
        const layer = network.layers.find((one) => one.name === name)!
        return layerMacs(layer, shapes.get(layer.inputs[0])!, shapes.get(name)!)
      })
      expect(macs[0] + macs[1]).toBe(4 * 4 * (9 * 256 + 256 * width))
      expect((macs[0] + macs[1]) / (9 * 4 * 4 * 256 * width)).toBeCloseTo(ratio, 3)
      expect(sizes({ network, weights: full.weights }, 'pool3').bits).toBe(8 * width * 16)
    }
  })

  it('decodes as wide for a pruned network as for the whole one, never narrower than what was sent', async () => {
    const { exported } = await playRecipe(safbmp, ['pool2'])
    const coded = exported.filter(({ model }) => inferShapes(model.network).has('pool2.encoder.tanh'))
    expect(coded.length).toBeGreaterThan(2)
    for (const { model } of coded) {
      const shapes = inferShapes(model.network)
      // Of 32 channels, 8 are left where the network is pruned.
      expect(shapes.get('pool2.decoder.relu')!.channels).toBe(16)
      expect(shapes.get('pool2.decoder.inside.relu')!.channels).toBe(8)
      expect(shapes.get('pool2.encoder.tanh')!.channels).toBeLessThanOrEqual(8)
    }
  })

  it('takes more of the last edge layer, at most nine tenths', () => {
    expect([...layerRates(['a', 'b', 'c'], 0.5).values()]).toEqual([0.5, 0.5, 0.75])
    expect(layerRates(['a'], 0.8).get('a')).toBe(0.9)
  })

  it('lets a tenth of the masked channels come back, the best of those whose score has grown', () => {
    const kept = new Map([['a', Array.from({ length: 20 }, (_, i) => i)]])
    // 20 of 40 are masked; by the new scores the last 20 belong: two may return.
    const scores = new Map([['a', Float32Array.from({ length: 40 }, (_, i) => i)]])
    expect(returned(kept, scores, new Map([['a', 0.5]])).get('a')).toEqual([...kept.get('a')!, 38, 39])
    const unchanged = new Map([['a', Float32Array.from({ length: 40 }, (_, i) => -i)]])
    expect(returned(kept, unchanged, new Map([['a', 0.5]]))).toEqual(kept)
  })

  it('prunes layer by layer with a penalty on the unimportant scales only, and makes the ablation', async () => {
    const { exported, fits, base } = await playRecipe(safbmp, ['pool2'])
    expect(exported).toHaveLength(codecCandidates('safbmp', grid))
    const penalised = fits.filter(({ penalty }) => penalty)
    expect(penalised.slice(0, 4).map(({ penalty }) => [...penalty!.scales.keys()])).toEqual([
      ['conv1.bn.weight'],
      ['conv2.bn.weight'],
      ['conv3.bn.weight'],
      ['conv4.bn.weight'],
    ])
    // Of 32 filters 24 go from the last layer, the lowest scores.
    expect(penalised[3].penalty!.scales.get('conv4.bn.weight')).toEqual(Array.from({ length: 24 }, (_, i) => i))
    const left = (one: (typeof exported)[number], name: string): number => filtersOf(one.model.network, name)
    const [whole] = exported
    expect(left(whole, 'conv4')).toBe(8)
    expect(left(whole, 'conv5')).toBe(left({ ...whole, model: base.model }, 'conv5'))
    const unpruned = exported.find(({ step }) => step!.includes('no pruning'))!
    expect(left(unpruned, 'conv4')).toBe(32)
    const uncoded = exported.find(({ step }) => step!.includes('no coding'))!
    expect(codingOfWire(uncoded.model, pointOf(uncoded).layer)).toBeUndefined()
    expect(left(uncoded, 'conv4')).toBe(8)
  })

  it('reads the feature bias as it is told to, each reading with a model of its own', async () => {
    const codec = {
      ...grid,
      biasReadings: ['closed-form', 'empirical', 'literal'] as BiasReading[],
      ablations: [],
    }
    const { exported, scored, stages } = await playRecipe(safbmp, ['pool2'], codec)
    expect(exported).toHaveLength(codecCandidates('safbmp', codec))
    const named = (reading: string) => exported.filter(({ step }) => step!.includes(reading)).map(({ step }) => step)
    expect(named('reading')).toEqual(['C/4, sparsity 0.5, empirical reading', 'C/4, sparsity 0.5, literal reading'])
    expect(new Set(scored.map(({ criterion }) => criterion))).toEqual(
      new Set(['feature-bias', 'feature-bias-empirical', 'feature-bias-literal']),
    )
    expect(scored.every(({ until }) => until === 'pool2')).toBe(true)
    expect(stages.filter((key) => /^safbmp\/pool2\/pruned-[^/]*$/.test(key)).toSorted()).toEqual(
      expect.arrayContaining(
        ['pruned-0.5', 'pruned-0.5-empirical', 'pruned-0.5-literal'].map((key) => `safbmp/pool2/${key}`),
      ),
    )
  })

  it('leaves out what an ablation names: nothing is left of it, or only the one part', async () => {
    const codec = { ...grid, ablations: ['no-pruning', 'no-coding', 'neither'] as Ablation[] }
    const { exported, base } = await playRecipe(safbmp, ['pool2'], codec)
    expect(exported).toHaveLength(codecCandidates('safbmp', codec))
    const one = (step: string) => exported.find((each) => each.step!.includes(step))!
    expect(one('neither')).toMatchObject({ untouched: true, form: 'uint8' })
    expect(one('neither').model).toBe(base.model)
    expect(exported.filter(({ untouched }) => untouched)).toHaveLength(1)
    expect(filtersOf(one('no coding').model.network, 'conv4')).toBe(8)
    const bare = await playRecipe(safbmp, ['pool2'], { ...codec, ablations: [] })
    expect(bare.exported.some(({ step }) => /no |neither/.test(step!))).toBe(false)
    expect(bare.exported).toHaveLength(codecCandidates('safbmp', { ...codec, ablations: [] }))
  })
})
