import { numberOfHalf } from '../half.ts'
import type { MessageReader } from './protobuf.ts'

/** A constant of an ONNX file (TensorProto). */
export interface OnnxTensor {
  name: string
  shape: readonly number[]
  /** Element type as ONNX numbers it. */
  type: number
  /** Where the numbers lie outside of the file. */
  external: ExternalData | undefined
  /**
   * The numbers, row-major: float types as float32, all others as float64 (64-bit integers are exact to ±2^53). `outside`:
   * the bytes that `external` names. Throws an Error where they do not fit the shape or the type is not one of numbers.
   */
  read(outside?: Uint8Array): Float32Array | Float64Array
}

export interface ExternalData {
  /** Relative to the folder of the ONNX file, as the file says: it has not been checked. */
  location: string
  offset: number
  /** Bytes; undefined: up to the end of the file. */
  length: number | undefined
}

type View = DataView<ArrayBufferLike>
interface ElementType {
  name: string
  bytes: number
  /** The field of TensorProto that holds such numbers where they are not raw bytes. */
  field: 'float' | 'int32' | 'int64' | 'double' | 'uint64'
  isFloat?: boolean
  get(view: View, at: number): number
  /** From what the field holds, where that is not the number itself. */
  fromField?(value: number): number
}

const elementTypes: Readonly<Record<number, ElementType>> = {
  1: { name: 'float32', bytes: 4, field: 'float', isFloat: true, get: (view, at) => view.getFloat32(at, true) },
  2: { name: 'uint8', bytes: 1, field: 'int32', get: (view, at) => view.getUint8(at) },
  3: { name: 'int8', bytes: 1, field: 'int32', get: (view, at) => view.getInt8(at) },
  4: { name: 'uint16', bytes: 2, field: 'int32', get: (view, at) => view.getUint16(at, true) },
  5: { name: 'int16', bytes: 2, field: 'int32', get: (view, at) => view.getInt16(at, true) },
  6: { name: 'int32', bytes: 4, field: 'int32', get: (view, at) => view.getInt32(at, true) },
  7: { name: 'int64', bytes: 8, field: 'int64', get: (view, at) => Number(view.getBigInt64(at, true)) },
  9: { name: 'bool', bytes: 1, field: 'int32', get: (view, at) => view.getUint8(at) },
  10: {
    name: 'float16',
    bytes: 2,
    field: 'int32',
    isFloat: true,
    get: (view, at) => numberOfHalf(view.getUint16(at, true)),
    fromField: numberOfHalf,
  },
  11: { name: 'float64', bytes: 8, field: 'double', isFloat: true, get: (view, at) => view.getFloat64(at, true) },
  12: { name: 'uint32', bytes: 4, field: 'uint64', get: (view, at) => view.getUint32(at, true) },
  13: { name: 'uint64', bytes: 8, field: 'uint64', get: (view, at) => Number(view.getBigUint64(at, true)) },
  16: {
    name: 'bfloat16',
    bytes: 2,
    field: 'int32',
    isFloat: true,
    get: (view, at) => brainFloatToNumber(view.getUint16(at, true)),
    fromField: brainFloatToNumber,
  },
}

const fieldNumbers = { float: 4, int32: 5, int64: 7, double: 10, uint64: 11 } as const

/** "float32" or "type 17". */
export const elementTypeName = (type: number): string => elementTypes[type]?.name ?? `type ${type}`

/** Whether an element type is read as float32 instead of as whole numbers. */
export const isFloatType = (type: number): boolean => elementTypes[type]?.isFloat === true

/** Throws an Error where the message describes no tensor. */
export function readTensor(message: MessageReader): OnnxTensor {
  const name = message.text(8)
  const shape = message.integers(1)
  if (shape.some((extent) => extent < 0)) throw new Error(`constant "${name}" has a negative extent`)
  const type = message.integer(2) ?? 0
  return {
    name,
    shape,
    type,
    external: message.integer(14) === 1 ? externalData(name, message) : undefined,
    read(outside) {
      const element = elementTypes[type]
      if (!element) throw new Error(`constant "${name}" has the element type ${type}, which holds no numbers`)
      const count = shape.reduce((product, extent) => product * extent, 1)
      const raw = outside ?? message.bytes(9).at(-1)
      const fits = (found: number): void => {
        if (found === count) return
        throw new Error(`constant "${name}" has ${found} numbers, its shape [${shape.join(', ')}] needs ${count}`)
      }
      if (raw && (raw.length > 0 || count === 0)) {
        fits(raw.length / element.bytes)
        return fromBytes(raw, count, element)
      }
      const values = fieldValues(message, element)
      fits(values.length)
      const { fromField } = element
      const numbers = fromField ? values.map((value) => fromField(value)) : values
      return element.isFloat ? Float32Array.from(numbers) : Float64Array.from(numbers)
    },
  }
}

function fromBytes(raw: Uint8Array, count: number, element: ElementType): Float32Array | Float64Array {
  const values = element.isFloat ? new Float32Array(count) : new Float64Array(count)
  if (element.name === 'float32') {
    // A copy of the bytes: aligned, and quick. All machines that this runs on are little endian.
    new Uint8Array(values.buffer).set(raw)
    return values
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  for (let index = 0; index < count; index++) values[index] = element.get(view, index * element.bytes)
  return values
}

function fieldValues(message: MessageReader, { field }: ElementType): number[] {
  const number = fieldNumbers[field]
  if (field === 'float') return message.floats(number)
  if (field !== 'double') return message.integers(number)
  return message.bytes(number).flatMap((bytes) => {
    if (bytes.length % 8 !== 0) throw new Error('a protobuf field of doubles ends inside a number')
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return Array.from({ length: bytes.length / 8 }, (_, index) => view.getFloat64(8 * index, true))
  })
}

function externalData(name: string, message: MessageReader): ExternalData {
  const entries = new Map(message.messages(13).map((one) => [one.text(1), one.text(2)]))
  const location = entries.get('location')
  if (!location) throw new Error(`constant "${name}" lies outside of the file, but the file does not say where`)
  const number = (key: string): number | undefined => {
    const text = entries.get(key)
    if (text === undefined) return undefined
    if (!/^\d{1,15}$/.test(text)) throw new Error(`constant "${name}" has the ${key} "${text}" in its external file`)
    return Number(text)
  }
  return { location, offset: number('offset') ?? 0, length: number('length') }
}

/** The upper half of a float32. */
function brainFloatToNumber(bits: number): number {
  const view = new DataView(new ArrayBuffer(4))
  view.setUint32(0, (bits * 65536) >>> 0)
  return view.getFloat32(0)
}
