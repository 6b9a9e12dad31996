import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { reconstruct } from '#common/lookup/codebooks.ts'
import type { ProductLayout } from '#common/lookup/layout.ts'
import { random } from '#common/random.ts'
import { nearestBooks, wordsFor } from '../../../../src/main/trainer/quantisation/books.ts'
import { kMeans } from '../../../../src/main/trainer/quantisation/kMeans.ts'
import { patchesOf } from '../../../../src/main/trainer/quantisation/patches.ts'
import { respond } from '../../../../src/main/trainer/quantisation/respond.ts'
import { collectResponses, matrixOf, responseError } from '../../../../src/main/trainer/quantisation/responses.ts'
import { solve } from '../../../../src/main/trainer/quantisation/solve.ts'

describe('k-means', () => {
  it('finds the two means of four points on a line', () => {
    const { words, assignment } = kMeans(Float64Array.of(0, 1, 10, 12), 1, 2, random(1, 'k'))
    expect([...words].sort((a, b) => a - b)).toEqual([0.5, 11])
    expect(assignment[0]).toBe(assignment[1])
    expect(assignment[2]).toBe(assignment[3])
    expect(assignment[0]).not.toBe(assignment[2])
  })

  it('assigns every vector to its nearest word, and every word is the mean of its vectors', () => {
    const rng = random(2, 'vectors')
    const vectors = Float64Array.from({ length: 60 * 3 }, () => rng.normal())
    const { words, assignment } = kMeans(vectors, 3, 7, random(3, 'k'))
    const far = (i: number, k: number) =>
      [0, 1, 2].reduce((sum, c) => sum + (vectors[3 * i + c]! - words[3 * k + c]!) ** 2, 0)
    for (let i = 0; i < 60; i++) {
      for (let k = 0; k < 7; k++) expect(far(i, assignment[i]!)).toBeLessThanOrEqual(far(i, k))
    }
    for (let k = 0; k < 7; k++) {
      const members = [...assignment.keys()].filter((i) => assignment[i] === k)
      for (let c = 0; c < 3; c++) {
        const mean = members.reduce((sum, i) => sum + vectors[3 * i + c]!, 0) / members.length
        expect(words[3 * k + c]).toBeCloseTo(mean, 9)
      }
    }
  })

  it('takes no more words than there are vectors', () => {
    expect(kMeans(Float64Array.of(1, 5, 9), 1, 8, random(1, 'k')).words).toHaveLength(3)
  })
})

/** One channel, one position, three outputs, two words. */
const line: ProductLayout = { layer: 'a', inputs: 1, outputs: 3, taps: 1, size: 1, subspaces: 1 }

describe('the response error', () => {
  it('equals hand-computed values', () => {
    // Weights 1, 2, 4 and inputs 1 and 3: responses (1, 2, 4) and (3, 6, 12), their squares 210.
    const weights = matrixOf(line, Float32Array.of(1, 2, 4))
    const inputs = Float32Array.of(1, 3)
    const responses = collectResponses(inputs, inputs, weights, { rows: 1, outputs: 3 })
    expect(responses).toMatchObject({ samples: 2, energy: 210 })
    expect([...responses.inputs]).toEqual([10])
    expect([...responses.targets]).toEqual([10, 20, 40])
    expect(responseError(responses, weights)).toBe(0)
    // Words 1.5 and 4: errors 0.5 for two outputs, times inputs: 2 · 0.25 · 10 = 5.
    expect(responseError(responses, matrixOf(line, Float32Array.of(1.5, 1.5, 4)))).toBeCloseTo(5 / 210, 12)
  })

  it('is that of the sum over samples, with other inputs below than the original ones', () => {
    const layout: ProductLayout = { layer: 'a', inputs: 5, outputs: 4, taps: 2, size: 3, subspaces: 2 }
    const rng = random(4, 'samples')
    const [rows, samples] = [10, 7]
    const draw = (length: number) => Float32Array.from({ length }, () => rng.normal())
    const [below, original, weights, other] = [draw(samples * rows), draw(samples * rows), draw(40), draw(40)]
    const [matrix, changed] = [matrixOf(layout, weights), matrixOf(layout, other)]
    let [error, energy] = [0, 0]
    for (let n = 0; n < samples; n++) {
      for (let o = 0; o < 4; o++) {
        let [target, response] = [0, 0]
        for (let r = 0; r < rows; r++) {
          target += original[n * rows + r]! * matrix[r * 4 + o]!
          response += below[n * rows + r]! * changed[r * 4 + o]!
        }
        error += (target - response) ** 2
        energy += target ** 2
      }
    }
    const responses = collectResponses(below, original, matrix, { rows, outputs: 4 })
    expect(responseError(responses, changed)).toBeCloseTo(error / energy, 9)
  })
})

describe('words by responses', () => {
  it('go where the inputs are: a hand-computed layer', () => {
    // Two outputs, two input channels of which the second is always 0, one word. By weights the word is the mean
    // (1, 5); by responses its first number is the mean of 0 and 2, and the second one stays: nothing depends on it.
    const layout: ProductLayout = { layer: 'a', inputs: 2, outputs: 2, taps: 1, size: 2, subspaces: 1 }
    const weights = Float32Array.of(0, 4, 2, 6)
    const inputs = Float32Array.of(1, 0, 2, 0)
    const responses = collectResponses(inputs, inputs, matrixOf(layout, weights), { rows: 2, outputs: 2 })
    const start = { count: 1, words: Float32Array.of(7, 5), assignments: Uint8Array.of(0, 0) }
    const { words } = respond(layout, start, responses)
    expect(words[0]).toBeCloseTo(1, 3)
    expect(words[1]).toBe(5)
  })

  it('choose the word whose response is nearest, not the weight that is', () => {
    // Inputs are all (1, 1): only the sum of a vector counts. (3, 0) has the sum of (1, 2), but is nearer to (3, 1).
    const layout: ProductLayout = { layer: 'a', inputs: 2, outputs: 2, taps: 1, size: 2, subspaces: 1 }
    const weights = Float32Array.of(3, 0, 3, 1)
    const inputs = Float32Array.of(1, 1)
    const responses = collectResponses(inputs, inputs, matrixOf(layout, weights), { rows: 2, outputs: 2 })
    const start = { count: 2, words: Float32Array.of(3, 1, 1, 2), assignments: Uint8Array.of(0, 0) }
    expect([...respond(layout, start, responses).assignments]).toEqual([1, 0])
  })

  it('never make the error larger, and are better than those by weights on correlated inputs', () => {
    const shape = fc.record({
      inputs: fc.integer({ min: 3, max: 18 }),
      outputs: fc.integer({ min: 8, max: 16 }),
      taps: fc.constantFrom(1, 4, 9),
      seed: fc.integer({ min: 1, max: 1e6 }),
    })
    fc.assert(
      fc.property(shape, ({ inputs, outputs, taps, seed }) => {
        const size = Math.min(8, inputs)
        const layout: ProductLayout = { layer: 'a', inputs, outputs, taps, size, subspaces: Math.ceil(inputs / size) }
        const rng = random(seed, 'layer')
        const rows = inputs * taps
        const weights = Float32Array.from({ length: rows * outputs }, () => rng.normal())
        // All inputs share one factor, as neighbouring pixels do.
        const samples = Float32Array.from({ length: 4 * rows * rows })
        for (let n = 0; n < 4 * rows; n++) {
          const shared = 2 * rng.normal()
          for (let r = 0; r < rows; r++) samples[n * rows + r] = shared + rng.normal()
        }
        const matrix = matrixOf(layout, weights)
        const responses = collectResponses(samples, samples, matrix, { rows, outputs })
        const count = wordsFor(layout, 16) ?? 2
        const nearest = nearestBooks(layout, weights, count, random(seed, 'words'))
        const fitted = respond(layout, nearest, responses)
        const error = (books: typeof nearest) => responseError(responses, matrixOf(layout, reconstruct(layout, books)))
        expect(error(fitted)).toBeLessThanOrEqual(error(nearest) * (1 + 1e-9))
        // One vector for an output has the mean of its weights as best word, whatever the inputs are: where the assignment
        // stays, nothing can be won.
        if (taps * layout.subspaces > 1) expect(error(fitted)).toBeLessThan(error(nearest))
      }),
      { numRuns: 20 },
    )
  })
})

describe('what a layer reads', () => {
  it('is the window around an output position, zeros beside the map', () => {
    const layer = {
      name: 'a',
      unit: 'a',
      inputs: ['i'],
      op: 'conv',
      filters: 1,
      kernel: 3,
      stride: 2,
      padding: 1,
      bias: false,
    } as const
    const layout: ProductLayout = { layer: 'a', inputs: 1, outputs: 1, taps: 9, size: 1, subspaces: 1 }
    const maps = Float32Array.from({ length: 16 }, (_, i) => i + 1)
    const patches = patchesOf(layout, layer, maps, { channels: 1, height: 4, width: 4 }, 2, [Int32Array.of(0, 3)])
    expect([...patches]).toEqual([0, 0, 0, 0, 1, 2, 0, 5, 6, 6, 7, 8, 10, 11, 12, 14, 15, 16])
  })
})

describe('solve', () => {
  it('solves a system by hand, and refuses what is not positive definite', () => {
    expect([...solve(Float64Array.of(4, 2, 2, 3), Float64Array.of(10, 9))!].map((x) => Number(x.toFixed(12)))).toEqual([
      1.5, 2,
    ])
    expect(solve(Float64Array.of(1, 2, 2, 1), Float64Array.of(1, 1))).toBeUndefined()
  })
})
