import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { random } from '#common/random.ts'
import type { ImageSet } from '../../../../src/main/trainer/data/imageSet.ts'
import { channelStatistics } from '../../../../src/main/trainer/data/statistics.ts'
import { shapes } from '../../../../src/main/trainer/data/synthetic/shapes.ts'
import { syntheticSet } from '../../../../src/main/trainer/data/synthetic/synthetic.ts'
import { never } from '../../../support/images.ts'

const draw = (part: 'train' | 'validation' | 'test', count: number, seed = 1) => syntheticSet(part, count, seed, never)

describe('the built-in set', () => {
  it('is the same for the same seed, and its beginning does not depend on its length', async () => {
    const ten = await draw('train', 10)
    const thirty = await draw('train', 30)
    expect(thirty.images.subarray(0, ten.images.length)).toEqual(ten.images)
    expect(Array.from(thirty.labels.subarray(0, 10))).toEqual(Array.from(ten.labels))
    expect((await draw('train', 10, 2)).images).not.toEqual(ten.images)
    expect((await draw('validation', 10)).images).not.toEqual(ten.images)
    expect((await draw('test', 10)).images).not.toEqual((await draw('validation', 10)).images)
  })

  it('has not changed: results with another version of it could not be compared', async () => {
    const { images, labels } = await draw('test', 50)
    expect(createHash('sha256').update(images).update(labels).digest('hex').slice(0, 16)).toBe('ffd9488175251e1a')
  })

  it('holds each class once in every ten images', async () => {
    const { labels } = await draw('validation', 100)
    for (let n = 0; n < 100; n += 10)
      expect(Array.from(labels.subarray(n, n + 10)).sort()).toEqual([...Array(10).keys()])
    expect(Array.from(labels.subarray(0, 10))).not.toEqual(Array.from(labels.subarray(10, 20)))
  })

  it('is cancelled between images', async () => {
    const controller = new AbortController()
    controller.abort()
    let code = ''
    await syntheticSet('train', 1000, 1, controller.signal).catch((error) => {
      code = error.code
    })
    expect(code).toBe('cancelled')
  })

  it('is too hard for a linear classifier, and not empty for it', async () => {
    const train = await draw('train', 3000)
    const test = await draw('test', 1000)
    const { accuracy, trainAccuracy } = softmaxRegression(train, test)
    // It has learnt what it can: it fits the training images far better than the test images.
    expect(trainAccuracy).toBeGreaterThan(0.4)
    expect(accuracy).toBeGreaterThan(0.12)
    expect(accuracy).toBeLessThan(0.6)
  })
})

describe('shapes', () => {
  for (const { name, distance } of shapes) {
    it(`${name}: lies within the unit circle, has an inside, and its edge is one pixel sharp`, () => {
      let inside = 0
      const step = 1 / 32
      for (let y = -1.5; y <= 1.5; y += step) {
        for (let x = -1.5; x <= 1.5; x += step) {
          const d = distance(x, y)
          if (d < 0) {
            inside += 1
            expect(Math.hypot(x, y)).toBeLessThan(1.09)
          }
          // Never steeper than a distance: an edge drawn from it is at least one pixel wide.
          expect(Math.abs(distance(x + step, y) - d)).toBeLessThanOrEqual(step * 1.001)
          expect(Math.abs(distance(x, y + step) - d)).toBeLessThanOrEqual(step * 1.001)
        }
      }
      const area = inside * step * step
      expect(area).toBeGreaterThan(0.5)
      expect(area).toBeLessThan(2.7)
    })
  }

  it('are mirror images of themselves, so that a flip changes no class', () => {
    for (const { distance } of shapes) {
      for (let n = 0; n < 200; n++) {
        const rng = random(n, 'point')
        const [x, y] = [2 * rng.next() - 1, 2 * rng.next() - 1]
        expect(
          Math.min(Math.abs(distance(x, -y) - distance(x, y)), Math.abs(distance(-x, y) - distance(x, y))),
        ).toBeLessThan(1e-9)
      }
    }
  })
})

/** Multinomial logistic regression on standardised pixels by SGD with momentum, with a falling rate. */
function softmaxRegression(train: ImageSet, test: ImageSet): { accuracy: number; trainAccuracy: number } {
  const inputs = train.size * train.size * 3
  const { mean, std } = channelStatistics(train)
  const normalised = (set: ImageSet): Float32Array =>
    Float32Array.from(set.images, (value, at) => (value / 255 - mean[at % 3]) / std[at % 3])
  const x = normalised(train)
  const weights = new Float32Array(10 * inputs)
  const velocity = new Float32Array(10 * inputs)
  const gradient = new Float32Array(10 * inputs)
  const logits = (pixels: Float32Array, n: number): number[] =>
    Array.from({ length: 10 }, (_, k) => {
      let sum = 0
      for (let i = 0; i < inputs; i++) sum += weights[k * inputs + i] * pixels[n * inputs + i]
      return sum
    })
  const order = Int32Array.from({ length: train.count }, (_, n) => n)
  const batch = 100
  const epochs = 12
  for (let epoch = 0; epoch < epochs; epoch++) {
    random(epoch, 'regression').shuffle(order)
    for (let first = 0; first < train.count; first += batch) {
      gradient.fill(0)
      for (const n of order.subarray(first, first + batch)) {
        const scores = logits(x, n)
        const top = Math.max(...scores)
        const exponentials = scores.map((score) => Math.exp(score - top))
        const sum = exponentials.reduce((a, b) => a + b)
        for (let k = 0; k < 10; k++) {
          const error = (exponentials[k] / sum - (train.labels[n] === k ? 1 : 0)) / batch
          for (let i = 0; i < inputs; i++) gradient[k * inputs + i] += error * x[n * inputs + i]
        }
      }
      const rate = 0.004 * (1 - epoch / epochs)
      for (let i = 0; i < weights.length; i++) {
        velocity[i] = 0.9 * velocity[i] + gradient[i] + 0.01 * weights[i]
        weights[i] -= rate * velocity[i]
      }
    }
  }
  const accuracyOn = (set: ImageSet, pixels: Float32Array): number => {
    let correct = 0
    for (let n = 0; n < set.count; n++) {
      const scores = logits(pixels, n)
      if (scores.indexOf(Math.max(...scores)) === set.labels[n]) correct += 1
    }
    return correct / set.count
  }
  return { accuracy: accuracyOn(test, normalised(test)), trainAccuracy: accuracyOn(train, x) }
}
