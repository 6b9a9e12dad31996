import { beforeAll, expect, it } from 'vitest'
import { random } from '#common/random.ts'
import type { Backend } from '../../../../src/main/trainer/backend/index.ts'
import { loadBackend } from '../../../../src/main/trainer/backend/index.ts'
import type { ImageSet } from '../../../../src/main/trainer/data/imageSet.ts'
import { encode, fitAutoencoder, gradientsOf } from '../../../../src/main/trainer/preprocessing/autoencoder.ts'
import { fitComponents, project } from '../../../../src/main/trainer/preprocessing/pca.ts'
import { describeWith } from '../../../support/requires.ts'

const never = new AbortController().signal

/** Grey 4×4 images: two pictures mixed by two numbers each, so that all of them lie in a plane. */
function mixtures(count: number): ImageSet {
  const rng = random(1, 'mixtures')
  const images = new Uint8Array(count * 16)
  for (let n = 0; n < count; n++) {
    const [a, b] = [rng.below(100), rng.below(50)]
    for (let i = 0; i < 16; i++) images[n * 16 + i] = 20 + (i % 2 === 0 ? a : 0) + (i < 8 ? 2 * b : 0)
  }
  return { count, size: 4, channels: 1, images, labels: new Uint16Array(count) }
}

describeWith('tensorflow', 'operators that learn', () => {
  let backend: Backend
  beforeAll(async () => {
    backend = await loadBackend({ threads: 1 })
  })

  it('two components hold images of a plane whole: all variance, and uncorrelated', async () => {
    const set = mixtures(300)
    const components = await fitComponents(set, 2, backend, random(2, 'start'), never)
    const values = project(set, 0, set.count, components, backend)
    let [variance, kept, crossed] = [0, 0, 0]
    for (let n = 0; n < set.count; n++) {
      for (let i = 0; i < 16; i++) variance += (set.images[n * 16 + i]! / 255 - components.mean[i]!) ** 2
      kept += values[2 * n]! ** 2 + values[2 * n + 1]! ** 2
      crossed += values[2 * n]! * values[2 * n + 1]!
    }
    expect(kept / variance).toBeCloseTo(1, 5)
    expect(Math.abs(crossed) / kept).toBeLessThan(1e-4)
  })

  it("the autoencoder's gradients are those of finite differences of its loss", () => {
    const sizes = [5, 4, 2, 4, 5]
    const rng = random(3, 'weights')
    const draw = (length: number) => Float32Array.from({ length }, () => 0.7 * rng.normal())
    const parameters = sizes.slice(1).flatMap((out, i) => [draw(sizes[i]! * out), draw(out)])
    const clean = Float32Array.from({ length: 15 }, () => rng.next())
    const seen = clean.map((value) => (rng.next() < 0.3 ? 0 : value))
    /** By plain loops in double precision. */
    const loss = (all: readonly ArrayLike<number>[]): number => {
      let total = 0
      for (let n = 0; n < 3; n++) {
        let x = Array.from(seen.subarray(5 * n, 5 * n + 5))
        for (let layer = 0; layer < 4; layer++) {
          const out = sizes[layer + 1]!
          x = Array.from({ length: out }, (_, o) => {
            const sum = x.reduce((s, value, i) => s + value * all[2 * layer]![i * out + o]!, all[2 * layer + 1]![o]!)
            return layer === 1 ? sum : layer === 3 ? 1 / (1 + Math.exp(-sum)) : Math.max(0, sum)
          })
        }
        for (const [i, y] of x.entries()) {
          const t = clean[5 * n + i]!
          total -= t * Math.log(y) + (1 - t) * Math.log(1 - y)
        }
      }
      return total / 3
    }
    const gradients = backend.kernels.compute((tf) => gradientsOf(tf, sizes, parameters, seen, clean))
    expect(gradients).toHaveLength(8)
    const step = 1e-4
    for (const [index, tensor] of gradients.entries()) {
      const actual = tensor.dataSync()
      tensor.dispose()
      for (let i = 0; i < actual.length; i++) {
        const moved = (by: number) =>
          parameters.map((values, at) => (at === index ? Array.from(values, (v, j) => (j === i ? v + by : v)) : values))
        expect(actual[i], `parameter ${index}, ${i}`).toBeCloseTo(
          (loss(moved(step)) - loss(moved(-step))) / (2 * step),
          4,
        )
      }
    }
  })

  it('the autoencoder gives like codes to like images', async () => {
    const set = mixtures(512)
    const network = await fitAutoencoder(set, [16, 8, 2], backend, random(4, 'start'), never)
    const codes = encode(set, 0, set.count, network, backend)
    expect(codes).toHaveLength(2 * set.count)
    expect(codes.every(Number.isFinite)).toBe(true)
    expect(encode(set, 10, 5, network, backend)).toEqual(codes.subarray(20, 30))
    expect(Math.max(...codes) - Math.min(...codes)).toBeGreaterThan(0.01)
  })
})
