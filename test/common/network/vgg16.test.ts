import { describe, expect, it } from 'vitest'
import { buildNetwork } from '#common/network/architectures/index.ts'
import { totalCost, unitCosts } from '#common/network/cost.ts'
import { partitionPoints } from '#common/network/partition.ts'

const vgg = (width = 1, size = 32) =>
  buildNetwork('vgg16', { classes: 10, width, size, mean: [0, 0, 0], std: [1, 1, 1] })

/** frameworks.md §3.1: point, C×H×W, elements, layer MACs, cumulative MACs (to the unit: Hout·Wout·Cout·Cin·9). */
const published: [string, string, number, number, number][] = [
  ['input', '3x32x32', 3072, 0, 0],
  ['conv1', '64x32x32', 65536, 1769472, 1769472],
  ['conv2', '64x32x32', 65536, 37748736, 39518208],
  ['pool1', '64x16x16', 16384, 0, 39518208],
  ['conv3', '128x16x16', 32768, 18874368, 58392576],
  ['conv4', '128x16x16', 32768, 37748736, 96141312],
  ['pool2', '128x8x8', 8192, 0, 96141312],
  ['conv5', '256x8x8', 16384, 18874368, 115015680],
  ['conv6', '256x8x8', 16384, 37748736, 152764416],
  ['conv7', '256x8x8', 16384, 37748736, 190513152],
  ['pool3', '256x4x4', 4096, 0, 190513152],
  ['conv8', '512x4x4', 8192, 18874368, 209387520],
  ['conv9', '512x4x4', 8192, 37748736, 247136256],
  ['conv10', '512x4x4', 8192, 37748736, 284884992],
  ['pool4', '512x2x2', 2048, 0, 284884992],
  ['conv11', '512x2x2', 2048, 9437184, 294322176],
  ['conv12', '512x2x2', 2048, 9437184, 303759360],
  ['conv13', '512x2x2', 2048, 9437184, 313196544],
  ['pool5', '512x1x1', 512, 0, 313196544],
  ['fc', '10x1x1', 10, 5120, 313201664],
]

describe('VGG16 at full width (frameworks.md §3.1)', () => {
  it('has every layer of the table, to the unit', () => {
    const rows = unitCosts(vgg()).map((row) => [
      row.unit,
      `${row.output.channels}x${row.output.height}x${row.output.width}`,
      row.elements,
      row.macs,
      row.cumulativeMacs,
    ])
    expect(rows).toEqual(published)
  })

  it('has 313.20 M MACs and 14.728 M parameters, of which 8 448 are normalisation', () => {
    const { macs, parameters } = totalCost(vgg())
    expect((macs / 1e6).toFixed(2)).toBe('313.20')
    expect((parameters / 1e6).toFixed(3)).toBe('14.728')
    expect(parameters).toBe(14_728_266)
    expect(unitCosts(vgg()).reduce((sum, row) => sum + row.batchNormParameters, 0)).toBe(2 * 4224)
  })

  it('has the 18 internal points, input and output, whose halves add up', () => {
    const points = partitionPoints(vgg())
    expect(points.map((point) => point.name)).toEqual([...published.slice(0, -1).map(([name]) => name), 'output'])
    const total = totalCost(vgg())
    for (const point of points) {
      expect(point.headMacs + point.tailMacs).toBe(total.macs)
      expect(point.headParameters + point.tailParameters).toBe(total.parameters)
    }
  })

  it('scales with width and size, and refuses what it cannot halve five times', () => {
    expect(unitCosts(vgg(0.25))[1]!.output.channels).toBe(16)
    expect(unitCosts(vgg(1, 64)).at(-1)!.macs).toBe(4 * 5120)
    expect(() => vgg(1, 28)).toThrow(/28×28/)
    expect(() => buildNetwork('lenet', { classes: 10, width: 1, size: 32, mean: [], std: [] })).toThrow(
      /Unknown network/,
    )
  })
})
