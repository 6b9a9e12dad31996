import { z } from 'zod'
import { CodedError } from '../errors.ts'
import type { SafeTensor } from '../formats/safetensors.ts'
import { decodeSafetensors, encodeSafetensors } from '../formats/safetensors.ts'
import type { Layer, Network } from '../network/graph.ts'
import { weightShapes } from '../network/graph.ts'
import { parseNetwork } from '../network/networkFile.ts'
import { inferShapes } from '../network/shapes.ts'
import type { Model, Weights } from '../network/weights.ts'
import type { Codebooks } from './codebooks.ts'
import { codebooksOf } from './codebooks.ts'
import type { ProductLayout } from './layout.ts'
import { mostWords, productLayout } from './layout.ts'

/** How features leave the head: as they are, or as 8-bit codes, value = code · scale + offset. */
export type LookupCoding = { type: 'float32' } | { type: 'uint8'; scale: number; offset: number; levels: number }

/** A head whose products are looked up in tables: what a device is given in place of head.onnx. */
export interface LookupHead {
  /** The layers of the head. */
  network: Network
  /** Of the layers that do not look up, and biases. */
  weights: Weights
  books: ReadonlyMap<string, { layout: ProductLayout; books: Codebooks }>
  coding: LookupCoding
}

const family = 'splitbench-lookup-'
const format = `${family}1`
/** Of a file that is looked at at all: graph and names of the largest networks take some hundred kB. */
const mostHeaderBytes = 8n << 20n
const wordsOf = (layer: string): string => `${layer}.words`
const assignmentsOf = (layer: string): string => `${layer}.assignments`

const codingSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('float32') }),
  z.object({
    type: z.literal('uint8'),
    scale: z.number().positive(),
    offset: z.number(),
    levels: z.number().int().min(1).max(255),
  }),
])

/** The head of a model up to and including `last`, whose quantised layers are recognised by their few distinct vectors. */
export function lookupHeadOf({ network, weights }: Model, last: string, coding: LookupCoding): LookupHead {
  const end = network.layers.findIndex(({ name }) => name === last)
  const head: Network = { ...network, layers: network.layers.slice(0, end + 1) }
  const shapes = inferShapes(head)
  const own: Weights = new Map()
  const books = new Map<string, { layout: ProductLayout; books: Codebooks }>()
  for (const layer of head.layers.slice(1)) {
    const input = shapes.get(layer.inputs[0]!)!
    const layout = productLayout(layer, input)
    const found = layout && codebooksOf(layout, weights.get(`${layer.name}.weight`)!)
    if (layout && found) books.set(layer.name, { layout, books: found })
    for (const name of Object.keys(weightShapes(layer, input))) {
      if (!(found && name === `${layer.name}.weight`)) own.set(name, weights.get(name)!)
    }
  }
  return { network: head, weights: own, books, coding }
}

/** A safetensors file; equal heads give equal bytes. */
export function encodeLookupHead({ network, weights, books, coding }: LookupHead): Uint8Array<ArrayBuffer> {
  const tensors: [string, SafeTensor][] = [...weights].map(([name, data]) => [name, { shape: [data.length], data }])
  for (const [name, { layout, books: own }] of books) {
    const { subspaces, size, taps, outputs } = layout
    tensors.push([wordsOf(name), { shape: [subspaces, own.count, size], data: own.words }])
    tensors.push([assignmentsOf(name), { shape: [subspaces, taps, outputs], data: own.assignments }])
  }
  const graph = JSON.stringify({ protocol: 1, ...network })
  return encodeSafetensors(tensors, { format, network: graph, coding: JSON.stringify(coding) })
}

/**
 * Whether a file is such a head, of this or another format of ours, whole or not: a safetensors file that says so in its
 * header. Other safetensors files (a check, weights) are none, and an ONNX file begins otherwise.
 */
export function isLookupHead(bytes: Uint8Array): boolean {
  if (bytes.length < 9 || bytes[8] !== 0x7b) return false
  const header = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
  if (header > mostHeaderBytes) return false
  return new TextDecoder().decode(bytes.subarray(8, 8 + Number(header))).includes(`"format":"${family}`)
}

/** Throws `bad-network` for anything that is not complete or does not fit together: it may come from anyone. */
export function decodeLookupHead(bytes: Uint8Array): LookupHead {
  const { tensors, metadata } = decodeSafetensors(bytes)
  if (metadata.format !== format) throw bad(`its format is ${JSON.stringify(metadata.format)}, not ${format}`)
  const network = parsed('network', () => parseNetwork(metadata.network ?? ''))
  const coding = parsed('coding', () => codingSchema.parse(JSON.parse(metadata.coding ?? '')))
  const shapes = inferShapes(network)
  const weights: Weights = new Map()
  const books = new Map<string, { layout: ProductLayout; books: Codebooks }>()
  for (const layer of network.layers.slice(1)) {
    const input = shapes.get(layer.inputs[0]!)!
    const own = tensors.has(wordsOf(layer.name)) ? booksFrom(tensors, layer, productLayout(layer, input)) : undefined
    if (own) books.set(layer.name, own)
    for (const [name, shape] of Object.entries(weightShapes(layer, input))) {
      if (own && name === `${layer.name}.weight`) continue
      const data = tensors.get(name)?.data
      const count = shape.reduce((product, extent) => product * extent, 1)
      if (!(data instanceof Float32Array) || data.length !== count) throw bad(`it has no ${name} of ${count} numbers`)
      weights.set(name, data)
    }
  }
  return { network, weights, books, coding }
}

function booksFrom(tensors: ReadonlyMap<string, SafeTensor>, layer: Layer, layout: ProductLayout | undefined) {
  const [words, assignments] = [tensors.get(wordsOf(layer.name)), tensors.get(assignmentsOf(layer.name))]
  if (!layout) throw bad(`${layer.name} (${layer.op}) cannot look up`)
  const { subspaces, size, taps, outputs } = layout
  const count = words?.shape[1] ?? 0
  if (
    !(words?.data instanceof Float32Array) ||
    words.shape.join() !== [subspaces, count, size].join() ||
    count < 1 ||
    count > mostWords
  ) {
    throw bad(`the words of ${layer.name} are [${words?.shape}]`)
  }
  if (
    !(assignments?.data instanceof Uint8Array) ||
    assignments.shape.join() !== [subspaces, taps, outputs].join() ||
    assignments.data.some((word) => word >= count)
  ) {
    throw bad(`the assignments of ${layer.name} are not numbers of words, [${subspaces}, ${taps}, ${outputs}]`)
  }
  return { layout, books: { words: words.data, count, assignments: assignments.data } }
}

function parsed<T>(what: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw bad(`its ${what} cannot be read: ${(error as Error).message.split('\n')[0]}`)
  }
}

const bad = (reason: string): CodedError =>
  new CodedError('bad-network', `Not a valid look-up head: ${reason}.`, 'Export the candidate again.')
