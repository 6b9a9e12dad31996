import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CodedError } from '#common/errors.ts'
import { encodeSafetensors } from '#common/formats/safetensors.ts'
import { codebooksOf, reconstruct } from '#common/lookup/codebooks.ts'
import { lookupCost, theoreticalSpeedUp } from '#common/lookup/cost.ts'
import { decodeLookupHead, encodeLookupHead, isLookupHead, lookupHeadOf } from '#common/lookup/headFile.ts'
import type { ProductLayout } from '#common/lookup/layout.ts'
import { productLayouts } from '#common/lookup/layout.ts'
import { buildNetwork } from '#common/network/architectures/index.ts'
import { quantisedModel } from '../../support/quantisedModel.ts'

const constants = { classes: 10, size: 32, mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] }
const vgg = buildNetwork('vgg16', { ...constants, width: 0.25 })

/** Two subspaces (of two channels and one), two positions, three outputs, two words. */
const layout: ProductLayout = { layer: 'a', inputs: 3, outputs: 3, taps: 2, size: 2, subspaces: 2 }

describe('codebooks', () => {
  it('stand for the word of every vector, at its place in the file', () => {
    const books = {
      count: 2,
      words: Float32Array.of(1, 2, 3, 4, /* second subspace */ 5, 0, 6, 0),
      assignments: Uint8Array.of(0, 1, 0, 1, 1, 0, /* second subspace */ 0, 0, 1, 1, 0, 1),
    }
    // [output][channel][position]
    expect([...reconstruct(layout, books)]).toEqual([1, 3, 2, 4, 5, 6, 3, 3, 4, 4, 5, 5, 1, 1, 2, 2, 6, 6])
  })

  it('are found again in the weights, whatever the shape', () => {
    const shape = fc.record({
      inputs: fc.integer({ min: 1, max: 20 }),
      outputs: fc.integer({ min: 4, max: 12 }),
      taps: fc.constantFrom(1, 4, 9),
      size: fc.integer({ min: 1, max: 8 }),
      seed: fc.integer({ min: 0, max: 1000 }),
    })
    fc.assert(
      fc.property(shape, ({ inputs, outputs, taps, size: asked, seed }) => {
        const size = Math.min(asked, inputs)
        const one: ProductLayout = { layer: 'a', inputs, outputs, taps, size, subspaces: Math.ceil(inputs / size) }
        const weights = new Float32Array(inputs * outputs * taps)
        // Two words in turns: what a vector is depends on nothing but its output.
        for (let i = 0; i < weights.length; i++) {
          const output = Math.floor(i / (inputs * taps))
          const channel = Math.floor(i / taps) % inputs
          weights[i] = Math.fround(Math.sin(seed + channel + 100 * ((output + seed) % 2)))
        }
        const books = codebooksOf(one, weights)!
        expect(books.count).toBeLessThanOrEqual(2)
        expect(reconstruct(one, books)).toEqual(weights)
      }),
    )
  })

  it('are not found in weights that were never quantised', () => {
    expect(
      codebooksOf(
        layout,
        Float32Array.from({ length: 18 }, (_, i) => i),
      ),
    ).toBeUndefined()
  })
})

describe('the cost of a look-up head', () => {
  it('counts tables, look-ups and bits as frameworks.md §14 does', () => {
    const model = quantisedModel(vgg, 32, 1, 'conv2')
    const head = lookupHeadOf(model, 'conv2.relu', { type: 'float32' })
    const cost = lookupCost(model, 'conv2.relu', head.books)
    const positions = 32 * 32
    expect([...head.books.keys()]).toEqual(['conv1', 'conv2'])
    // conv1: 3 channels, one subspace; conv2: 16 channels, two subspaces. 32 words, 9 positions, 16 outputs.
    expect(cost.macs).toBe(positions * (3 + 16) * 32)
    expect(cost.lookups).toBe(positions * 16 * 9 * (1 + 2))
    expect(cost.denseMacs).toBe(positions * 16 * 9 * (3 + 16))
    const norms = 2 * 4 * 16
    const biases = [...model.weights].filter(([name]) => /^conv[12]\.bias$/.test(name)).length * 16
    expect(cost.bits).toBe(32 * 32 * (3 + 16) + 5 * 9 * 16 * 3 + 32 * (norms + biases))
    expect(theoreticalSpeedUp(cost)).toBeCloseTo((144 * 19) / (19 * 32 + 144 * 3), 10)
  })
})

describe('the file of a look-up head', () => {
  const model = quantisedModel(vgg, 16, 1, 'pool2')
  const head = lookupHeadOf(model, 'pool2', { type: 'uint8', scale: 0.1, offset: 0, levels: 255 })
  const bytes = encodeLookupHead(head)

  it('gives the head back, and is told from ONNX by its first bytes', () => {
    expect(isLookupHead(bytes)).toBe(true)
    expect(isLookupHead(Uint8Array.of(8, 8, 18, 10, 0x73, 0x70, 0x6c, 0x69, 0x74, 0x62))).toBe(false)
    const read = decodeLookupHead(bytes)
    expect(read.network).toEqual(head.network)
    expect(read.coding).toEqual(head.coding)
    expect(read.books).toEqual(head.books)
    expect(new Map(read.weights)).toEqual(new Map(head.weights))
    expect([...read.books.keys()]).toEqual(productLayouts(model.network, 'pool2').map(({ layer }) => layer))
  })

  it('is refused with a reason where it is damaged or does not fit together', () => {
    const refusal = (file: Uint8Array): CodedError => {
      try {
        decodeLookupHead(file)
      } catch (error) {
        if (error instanceof CodedError) return error
        throw error
      }
      throw new Error('was accepted')
    }
    expect(refusal(bytes.subarray(0, bytes.length - 1)).code).toBe('bad-data')
    expect(refusal(encodeSafetensors([])).message).toMatch(/its format is undefined/)
    const broken = (
      change: (layer: {
        books: Map<string, (typeof head)['books'] extends ReadonlyMap<string, infer B> ? B : never>
      }) => void,
    ) => {
      const books = new Map(
        [...head.books].map(([name, one]) => [name, { layout: one.layout, books: { ...one.books } }]),
      )
      change({ books })
      return refusal(encodeLookupHead({ ...head, books })).message
    }
    expect(
      broken(({ books }) => {
        const own = books.get('conv2')!.books
        own.assignments = own.assignments.slice().fill(own.count)
      }),
    ).toMatch(/assignments of conv2 are not numbers of words/)
    expect(
      broken(({ books }) => {
        books.delete('conv2')
      }),
    ).toMatch(/it has no conv2\.weight of 2304 numbers/)
  })
})
