import { expect, it } from 'vitest'
import type { OverChannels } from '#common/contract/overChannels.ts'
import type { Split } from '#common/contract/split.ts'
import type { Sides } from '../../../../src/main/trainer/candidates/acceptance.ts'
import { evaluateOverChannels } from '../../../../src/main/trainer/candidates/overChannels.ts'
import type { ImageSet } from '../../../../src/main/trainer/data/imageSet.ts'
import type { Session, TensorData } from '../../../../src/system/onnxruntime.ts'
import { itWith } from '../../../support/requires.ts'

/** A session that computes `values` numbers of every image or feature by `compute`, and counts what went through. */
function sideOf(values: number, compute: (data: TensorData, image: number) => TensorData) {
  let images = 0
  const run: Session['session']['run'] = async (feeds) => {
    const { data, dims } = feeds.x!
    const count = dims[0]!
    images += count
    const parts = Array.from({ length: count }, (_, image) => compute(data as TensorData, image))
    const joined = new (parts[0]!.constructor as typeof Float32Array)(count * values)
    for (const [image, part] of parts.entries()) joined.set(part as Float32Array, image * values)
    return { y: { data: joined, dims: [count, values] } }
  }
  const session: Session = { input: 'x', output: 'y', session: { run, release: async () => undefined } }
  return { session, images: () => images }
}

const pixels = 2 * 2 * 3
/** `count` images, white where the label is 1. */
const setOf = (count: number, labelOf: (index: number) => number): ImageSet => {
  const labels = Uint16Array.from({ length: count }, (_, index) => labelOf(index))
  const images = Uint8Array.from({ length: count * pixels }, (_, at) => 255 * labels[Math.floor(at / pixels)]!)
  return { count, size: 2, channels: 3, images, labels }
}

const split = (type: 'float32' | 'uint8', channel: Split['channel']): Split => ({
  ...{ protocol: 1, framework: 'test', partitionPoint: 'pool1', channel, header: 16 },
  features: { type, shape: [1], scale: type === 'uint8' ? 1 : null, offset: type === 'uint8' ? 0 : null },
  ...{ bits: type === 'uint8' ? 8 : 32, packing: 'raw', tiling: 'none', compressor: 'none', lossy: false },
  ...{ mean: [0, 0, 0], std: [1, 1, 1], classes: 2 },
})
const accuracies = ({ own, others }: OverChannels): number[] => [own, ...others].map(({ accuracy }) => accuracy)

itWith('onnxruntime', 'a sign in Gaussian noise is read as often as the normal distribution says', async () => {
  const head = sideOf(1, (data, image) => Float32Array.of(data[image * pixels]! > 0 ? 1 : -1))
  const tail = sideOf(2, (data, image) => Float32Array.of(-data[image]!, data[image]!))
  const sides: Sides = { head: head.session, tail: tail.session }
  // Sorted by class, and more of them than are taken.
  const set = setOf(1000, (index) => (index < 500 ? 0 : 1))
  const found = (await evaluateOverChannels(sides, split('float32', { kind: 'awgn', sigma: 1 }), set, { seed: 1 }))!
  expect(found.others.map(({ channel }) => channel.kind === 'awgn' && channel.sigma.toFixed(2))).toEqual([
    ...['2.00', '1.41', '0.71', '0.50'],
  ])
  // Φ(1/σ), within four standard errors of 2,000 readings.
  for (const [index, expected] of [0.8413, 0.6915, 0.7602, 0.9214, 0.9772].entries()) {
    const error = Math.sqrt((expected * (1 - expected)) / (found.images * found.draws))
    expect(Math.abs(accuracies(found)[index]! - expected)).toBeLessThan(4 * error)
  }
  expect([head.images(), tail.images()]).toEqual([found.images, 5 * found.draws * found.images])
})

itWith('onnxruntime', 'the highest bit of a code is lost as often as the channel says', async () => {
  const head = sideOf(1, () => Uint8Array.of(128))
  const tail = sideOf(2, (data, image) => Float32Array.of(0, data[image]! >= 128 ? 1 : -1))
  const channel = { kind: 'erasure', probability: 0.1 } as const
  const sides: Sides = { head: head.session, tail: tail.session }
  const found = (await evaluateOverChannels(
    sides,
    split('uint8', channel),
    setOf(150, () => 1),
    { seed: 2 },
  ))!
  expect(found.images).toBe(150)
  for (const [index, lost] of [0.1, 0.05, 0.2, 0.5, 1].entries()) {
    const error = Math.sqrt((lost * (1 - lost)) / (found.images * found.draws))
    expect(Math.abs(accuracies(found)[index]! - (1 - lost))).toBeLessThanOrEqual(4 * error)
  }
})

it('an ideal channel has no other', async () => {
  const never = sideOf(1, () => Float32Array.of(0)).session
  const set = setOf(10, () => 1)
  const ideal = split('float32', { kind: 'ideal' })
  expect(await evaluateOverChannels({ head: never, tail: never }, ideal, set, { seed: 1 })).toBeUndefined()
})
