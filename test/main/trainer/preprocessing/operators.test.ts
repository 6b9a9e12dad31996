import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { totalCost, unitCosts } from '#common/network/cost.ts'
import { random } from '#common/random.ts'
import type { ImageSet } from '../../../../src/main/trainer/data/imageSet.ts'
import { channelStatistics } from '../../../../src/main/trainer/data/statistics.ts'
import { codedSet, rangesOf } from '../../../../src/main/trainer/preprocessing/codes.ts'
import { averagePool, medianFilter } from '../../../../src/main/trainer/preprocessing/filters.ts'
import { lenet5 } from '../../../../src/main/trainer/preprocessing/lenet.ts'
import { mainDirections } from '../../../../src/main/trainer/preprocessing/pca.ts'

const never = new AbortController().signal
const grey = (size: number, ...images: number[][]): ImageSet => ({
  ...{ count: images.length, size, channels: 1, labels: Uint16Array.from(images.keys()) },
  images: Uint8Array.from(images.flat()),
})

describe('filters', () => {
  it('pool squares to their means', () => {
    const pooled = averagePool(grey(4, [1, 3, 0, 0, 5, 7, 0, 4, 10, 10, 255, 255, 10, 11, 255, 254]), 2)
    expect(pooled).toMatchObject({ count: 1, size: 2, channels: 1 })
    expect([...pooled.images]).toEqual([4, 1, 10, 255])
    expect([...pooled.labels]).toEqual([0])
  })

  it('take the median of nine, with the nearest pixels beside the border', () => {
    const speck = grey(3, [7, 7, 7, 7, 255, 7, 7, 7, 7])
    expect([...medianFilter(speck).images]).toEqual(Array(9).fill(7))
    const ramp = grey(3, [1, 2, 3, 4, 5, 6, 7, 8, 9])
    // Upper left: 1 1 2 1 1 2 4 4 5.
    expect([...medianFilter(ramp).images].slice(0, 5)).toEqual([2, 3, 3, 4, 5])
  })

  it('give the middle of the sorted window, everywhere', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 25, maxLength: 25 }), (pixels) => {
        const out = medianFilter(grey(5, [...pixels])).images
        for (let y = 0; y < 5; y++) {
          for (let x = 0; x < 5; x++) {
            const at = (i: number) => Math.min(4, Math.max(0, i))
            const window = [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => pixels[at(y + dy) * 5 + at(x + dx)]!))
            expect(out[y * 5 + x]).toBe(window.sort((a, b) => a - b)[4])
          }
        }
      }),
      { numRuns: 30 },
    )
  })
})

describe('principal components', () => {
  it('are the axes of a known matrix, by falling variance', async () => {
    // Eigenvectors (1, 1)/√2 and (1, −1)/√2 with 9 and 1, and the third axis with 4.
    const matrix = Float64Array.of(5, 4, 0, 4, 5, 0, 0, 0, 4)
    const times = (column: Float64Array) =>
      column.map((_, i) => column.reduce((sum, value, j) => sum + matrix[3 * i + j]! * value, 0))
    const directions = await mainDirections((columns) => columns.map(times), 3, 2, random(1, 'start'), never)
    const column = (c: number) => [0, 1, 2].map((i) => directions[2 * i + c]!)
    const [first, second] = [column(0), column(1)]
    expect(Math.abs(first[0]!)).toBeCloseTo(Math.SQRT1_2, 9)
    expect(first[1]).toBeCloseTo(first[0]!, 9)
    expect(first[2]).toBeCloseTo(0, 9)
    expect(second.map((value) => Math.abs(value)).map((value) => Number(value.toFixed(9)))).toEqual([0, 0, 1])
  })
})

describe('codes', () => {
  it('span what the training images span, and clip what lies beyond', () => {
    const train = Float32Array.of(0, 10, 1, 20, 4, 15)
    const ranges = rangesOf(train, 2)
    expect([...ranges.low, ...ranges.high]).toEqual([0, 10, 4, 20])
    const set = { ...grey(1, [0], [0]), labels: Uint16Array.of(3, 8) }
    const values = Float32Array.of(2, 10, -1, 30)
    const coded = codedSet(set, 2, ranges, (from, count) => values.subarray(2 * from, 2 * (from + count)))
    expect(coded).toMatchObject({ count: 2, size: 1, channels: 2 })
    expect([...coded.images]).toEqual([128, 0, 0, 255])
    expect([...coded.labels]).toEqual([3, 8])
  })
})

describe('LeNet-5', () => {
  const statistics = (channels: number) => ({
    classes: 10,
    mean: Array(channels).fill(0.5),
    std: Array(channels).fill(0.2),
  })

  it('has the published layers on 28×28: 61,706 weights', () => {
    const network = lenet5({ size: 28, channels: 1 }, statistics(1))
    const rows = Object.fromEntries(unitCosts(network).map(({ unit, output, macs }) => [unit, { ...output, macs }]))
    expect(rows).toMatchObject({
      conv1: { channels: 6, height: 28, width: 28, macs: 117_600 },
      pool2: { channels: 16, height: 5, width: 5 },
      conv2: { macs: 240_000 },
      fc1: { channels: 120, macs: 48_000 },
      fc3: { channels: 10, macs: 840 },
    })
    expect(totalCost(network)).toEqual({ parameters: 61_706, macs: 416_520 })
  })

  it('takes smaller maps and codes', () => {
    const shapes = [
      { size: 14, channels: 1 },
      { size: 7, channels: 1 },
      { size: 1, channels: 32 },
    ].map((shape) => totalCost(lenet5(shape, statistics(shape.channels))))
    expect(shapes.map(({ macs }) => macs)).toEqual([
      14 * 14 * 150 + 7 * 7 * 2400 + 144 * 120 + 120 * 84 + 840,
      7 * 7 * (150 + 2400) + 144 * 120 + 120 * 84 + 840,
      32 * 120 + 120 * 84 + 840,
    ])
  })
})

it('statistics of any number of channels are per channel', () => {
  const set: ImageSet = {
    count: 2,
    size: 1,
    channels: 2,
    images: Uint8Array.of(0, 51, 255, 51),
    labels: new Uint16Array(2),
  }
  const { mean, std } = channelStatistics(set)
  expect(mean[0]).toBeCloseTo(0.5, 12)
  expect(mean[1]).toBeCloseTo(0.2, 12)
  expect(std[0]).toBeCloseTo(0.5, 12)
  // A channel that never changes is divided by one grey level.
  expect(std[1]).toBeCloseTo(1 / 255, 12)
})
