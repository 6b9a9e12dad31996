import { CodedError } from '../errors.ts'
import { halvesOf, numbersOf } from './half.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'

/**
 * Weights, checkpoints and check data: the safetensors format (huggingface.co/docs/safetensors). Eight bytes header
 * length (little endian), a JSON header padded with spaces so that the data start 8-byte aligned, then the tensors'
 * bytes without gaps. Only the element types that Splitbench writes are read.
 */
export interface SafeTensor {
  /** Row-major; the product is the number of elements, [] is one number. */
  shape: readonly number[]
  data: Float32Array | Int32Array | Uint16Array | Uint8Array
  /** The numbers lie in the file as F16, rounded to it when they are written. */
  half?: true
}

export interface SafeTensorFile {
  tensors: Map<string, SafeTensor>
  metadata: Record<string, string>
}

const types = {
  F16: { bytes: 2, of: Uint16Array },
  F32: { bytes: 4, of: Float32Array },
  I32: { bytes: 4, of: Int32Array },
  U16: { bytes: 2, of: Uint16Array },
  U8: { bytes: 1, of: Uint8Array },
} as const
type TypeName = keyof typeof types

const lengthBytes = 8
const metadataKey = '__metadata__'
/** The limit of the reference implementation. */
const maxHeaderBytes = 100_000_000

const plainTypes = (Object.keys(types) as TypeName[]).filter((name) => name !== 'F16')
const typeOf = ({ data, half }: SafeTensor): TypeName =>
  half ? 'F16' : plainTypes.find((name) => data instanceof types[name].of)!

/** As it lies in the file. */
const stored = ({ data, half }: SafeTensor): SafeTensor['data'] => (half ? halvesOf(data as Float32Array) : data)

const product = (shape: readonly number[]): number => shape.reduce((total, extent) => total * extent, 1)

/**
 * The file's bytes. Like the reference implementation it orders tensors by element size (largest first) and name, so
 * that every tensor is aligned and equal content gives equal bytes. Throws an Error where a shape does not fit its data.
 */
export function encodeSafetensors(
  tensors: Iterable<readonly [string, SafeTensor]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const sorted = [...tensors]
    .map(([name, tensor]) => ({ name, type: typeOf(tensor), shape: tensor.shape, data: stored(tensor) }))
    .sort((a, b) => types[b.type].bytes - types[a.type].bytes || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  const entries: [string, unknown][] = Object.keys(metadata).length > 0 ? [[metadataKey, sortedRecord(metadata)]] : []
  let dataBytes = 0
  for (const { name, type, shape, data } of sorted) {
    if (name === metadataKey) throw new Error(`no tensor can be named "${name}"`)
    if (product(shape) !== data.length) throw new Error(`"${name}": ${data.length} numbers for [${shape.join(', ')}]`)
    const end = dataBytes + data.byteLength
    entries.push([name, { dtype: type, shape, data_offsets: [dataBytes, end] }])
    dataBytes = end
  }
  if (new Set(entries.map(([name]) => name)).size !== entries.length) throw new Error('two tensors have one name')

  // fromEntries and not assignment: "__proto__" is an ordinary tensor name.
  const header = encodeUtf8(JSON.stringify(Object.fromEntries(entries)))
  const headerBytes = Math.ceil(header.length / 8) * 8
  const file = new Uint8Array(lengthBytes + headerBytes + dataBytes)
  const view = new DataView(file.buffer)
  view.setUint32(0, headerBytes, true)
  file.fill(0x20, lengthBytes, lengthBytes + headerBytes)
  file.set(header, lengthBytes)
  let at = lengthBytes + headerBytes
  for (const { data } of sorted) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    at += data.byteLength
  }
  return file
}

const sortedRecord = (record: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))

/**
 * Reads a file in full; tensors are copies in the order of their bytes. Throws `bad-data`, saying what is wrong, for
 * anything that is not a complete, gapless file with known element types.
 */
export function decodeSafetensors(bytes: Uint8Array): SafeTensorFile {
  if (bytes.length < lengthBytes) throw bad(`${bytes.length} bytes are too few for a header`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const headerBytes = view.getUint32(0, true)
  if (view.getUint32(4, true) !== 0 || headerBytes > maxHeaderBytes) throw bad('the header is too large')
  const start = lengthBytes + headerBytes
  if (start > bytes.length) throw bad('it ends inside the header')
  const { metadata, entries } = parseHeader(bytes.subarray(lengthBytes, start))

  const tensors = new Map<string, SafeTensor>()
  let at = 0
  for (const { name, type, shape, begin, end } of entries) {
    if (begin !== at) throw bad(`"${name}" starts at byte ${begin}, expected ${at}: gap or overlap`)
    if (start + end > bytes.length) throw bad(`it ends inside "${name}"`)
    // A copy of its own: aligned whatever the file's offset, and no view keeps the whole file alive.
    const copy = new Uint8Array(end - begin)
    copy.set(bytes.subarray(start + begin, start + end))
    const data = new types[type].of(copy.buffer)
    tensors.set(name, type === 'F16' ? { shape, data: numbersOf(data as Uint16Array), half: true } : { shape, data })
    at = end
  }
  if (start + at !== bytes.length) throw bad(`${bytes.length - start - at} bytes at its end belong to no tensor`)
  return { tensors, metadata }
}

interface Entry {
  name: string
  type: TypeName
  shape: number[]
  begin: number
  end: number
}

function parseHeader(bytes: Uint8Array): { metadata: Record<string, string>; entries: Entry[] } {
  if (bytes[0] !== 0x7b) throw bad('the header is not a JSON object')
  let header: unknown
  try {
    header = JSON.parse(decodeUtf8(bytes))
  } catch {
    throw bad('the header is not JSON')
  }
  if (!isRecord(header)) throw bad('the header is not a JSON object')
  let metadata: Record<string, string> = {}
  const entries: Entry[] = []
  for (const [name, value] of Object.entries(header)) {
    if (name === metadataKey) metadata = parseMetadata(value)
    else entries.push(parseEntry(name, value))
  }
  // Empty tensors share their offset with the next one: they come first.
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end)
  return { metadata, entries }
}

function parseMetadata(value: unknown): Record<string, string> {
  if (!isRecord(value)) throw bad('its metadata are not an object')
  for (const text of Object.values(value)) if (typeof text !== 'string') throw bad('its metadata are not all text')
  return value as Record<string, string>
}

function parseEntry(name: string, value: unknown): Entry {
  if (!isRecord(value)) throw bad(`"${name}" is not described by an object`)
  const { dtype, shape, data_offsets: offsets } = value
  if (typeof dtype !== 'string' || !Object.hasOwn(types, dtype)) {
    throw bad(`"${name}" has element type ${JSON.stringify(dtype)}; known: ${Object.keys(types).join(', ')}`)
  }
  if (!isSizes(shape)) throw bad(`"${name}" has no valid shape`)
  if (!isSizes(offsets) || offsets.length !== 2) throw bad(`"${name}" has no valid offsets`)
  const type = dtype as TypeName
  const [begin, end] = offsets as [number, number]
  if (end - begin !== product(shape) * types[type].bytes) {
    throw bad(
      `"${name}" has ${end - begin} bytes, its shape [${shape.join(', ')}] of ${type} needs ${product(shape) * types[type].bytes}`,
    )
  }
  return { name, type, shape, begin, end }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((one) => Number.isSafeInteger(one) && one >= 0)

const bad = (reason: string): CodedError =>
  new CodedError(
    'bad-data',
    `Not a valid safetensors file: ${reason}.`,
    'The file is damaged or was written by another program: get it again.',
  )
