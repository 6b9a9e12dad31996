import type { Elsewhere } from '../protobuf.ts'
import { MessageReader, MessageWriter } from '../protobuf.ts'
import type { RawConstant, RawModel } from './raw.ts'
import { readRawModel } from './raw.ts'

/**
 * The weights of a model in one file for all of its parts: heads and tails of twenty cuts would hold them twenty times.
 * ONNX calls them external data (onnx.proto, TensorProto.external_data).
 */

/** Bytes of an element whose constants are weights: float32, uint8, int8, float16, float64, bfloat16. Whole numbers of 64 bits are extents, which a runtime wants to see while it loads a graph. */
const elementBytes: Readonly<Record<number, number>> = { 1: 4, 2: 1, 3: 1, 10: 2, 11: 8, 16: 2 }
/** Smaller ones are no burden where they are. */
const leastBytes = 1024
/** What onnx.proto recommends, so that a runtime can map them into memory. */
const alignment = 4096

/** Where each constant lies in the shared file, and how a part names the file. */
export interface SharedPlaces {
  location: string
  places: ReadonlyMap<string, Elsewhere>
}

export interface SharedWeights {
  places: ReadonlyMap<string, Elsewhere>
  /** The file's content, in order. */
  chunks: readonly Uint8Array[]
  bytes: number
}

/** `inline`: the data of constants that lie in files beside the model. Null where nothing is large enough. */
export function sharedWeights(model: RawModel, inline: ReadonlyMap<string, Uint8Array>): SharedWeights | null {
  const places = new Map<string, Elsewhere>()
  const chunks: Uint8Array[] = []
  let bytes = 0
  for (const constant of model.constants.values()) {
    const data = inline.get(constant.name) ?? storedData(constant)
    const size = elementBytes[constant.type]
    const wanted = size === undefined ? undefined : constant.dims.reduce((all, extent) => all * extent, size)
    // What does not add up stays as it is: the runtime says what is wrong with it.
    if (!data || data.length < leastBytes || data.length !== wanted) continue
    const gap = (alignment - (bytes % alignment)) % alignment
    if (gap > 0) chunks.push(new Uint8Array(gap))
    places.set(constant.name, { offset: bytes + gap, length: data.length })
    chunks.push(data)
    bytes += gap + data.length
  }
  return places.size === 0 ? null : { places, chunks, bytes }
}

/** As little-endian bytes: `raw_data`, or floats in one packed field, which are the same. */
function storedData({ type, bytes, external }: RawConstant): Uint8Array | undefined {
  if (external) return undefined
  const tensor = new MessageReader(bytes)
  const raw = tensor.bytes(9).at(-1)
  if (raw) return raw
  const packed = type === 1 ? tensor.bytes(4) : []
  return packed.length === 1 ? packed[0] : undefined
}

/** The constant as a message that says where its data lie. */
export function withPlace(
  { name, dims, type }: RawConstant,
  location: string,
  { offset, length }: Elsewhere,
): MessageWriter {
  const tensor = new MessageWriter()
  for (const extent of dims) tensor.integer(1, extent)
  tensor.integer(2, type).text(8, name)
  for (const [key, value] of Object.entries({ location, offset, length })) {
    tensor.message(13, new MessageWriter().text(1, key).text(2, String(value)))
  }
  return tensor.integer(14, 1)
}

/** How many bytes of the shared file a part reads. */
export const sharedBytesOf = (part: Uint8Array): number =>
  [...readRawModel(part).constants.values()].reduce((sum, { external }) => sum + (external?.length ?? 0), 0)

/** A part of `partOf` with all its weights inside, piece by piece: bytes, and places in the shared file. */
export function wholePart(part: Uint8Array): readonly (Uint8Array | Elsewhere)[] {
  const file = new MessageReader(part)
  const [given] = file.messages(7)
  const graph = new MessageWriter()
  for (const bytes of given!.bytes(1)) graph.bytes(1, bytes)
  graph.text(2, given!.text(2))
  for (const { name, dims, type, external, bytes } of readRawModel(part).constants.values()) {
    if (!external) {
      graph.bytes(5, bytes)
      continue
    }
    const tensor = new MessageWriter()
    for (const extent of dims) tensor.integer(1, extent)
    tensor.integer(2, type).text(8, name).elsewhere(9, { offset: external.offset, length: external.length! })
    graph.message(5, tensor)
  }
  for (const field of [11, 12, 14, 15]) for (const bytes of given!.bytes(field)) graph.bytes(field, bytes)
  const whole = new MessageWriter().integer(1, file.integer(1)!).text(2, file.text(2)).message(7, graph)
  for (const field of [8, 25]) for (const bytes of file.bytes(field)) whole.bytes(field, bytes)
  return whole.pieces()
}
