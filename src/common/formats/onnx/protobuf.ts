import { decodeUtf8, encodeUtf8 } from '../utf8.ts'

/**
 * As much of the protocol buffers wire format (protobuf.dev/programming-guides/encoding) as ONNX needs: varints, 32-bit
 * floats, and length-delimited fields. Fields are written in the order of the calls, so equal calls give equal bytes.
 */
const varintType = 0
const fixed64Type = 1
const delimitedType = 2
const fixed32Type = 5

/** Bytes of another file. */
export interface Elsewhere {
  offset: number
  length: number
}

export class MessageWriter {
  // Weights are referenced, and copied once into the finished file.
  #chunks: (Uint8Array | Elsewhere)[] = []
  #length = 0

  /** A non-negative integer below 2^53. */
  integer(field: number, value: number): this {
    return this.#varint(field * 8 + varintType).#varint(value)
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setFloat32(0, value, true)
    return this.#varint(field * 8 + fixed32Type).#append(bytes)
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#varint(field * 8 + delimitedType)
      .#varint(value.length)
      .#append(value)
  }

  /** Bytes that are not here yet: whoever writes the message takes them from where they lie. See `pieces`. */
  elsewhere(field: number, place: Elsewhere): this {
    this.#varint(field * 8 + delimitedType).#varint(place.length)
    this.#chunks.push(place)
    this.#length += place.length
    return this
  }

  text(field: number, value: string): this {
    return this.bytes(field, encodeUtf8(value))
  }

  message(field: number, value: MessageWriter): this {
    this.#varint(field * 8 + delimitedType).#varint(value.#length)
    this.#chunks.push(...value.#chunks)
    this.#length += value.#length
    return this
  }

  /** The message in order: bytes, and places of bytes. */
  pieces(): readonly (Uint8Array | Elsewhere)[] {
    return this.#chunks
  }

  finish(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.#length)
    let at = 0
    for (const chunk of this.#chunks) {
      if (!(chunk instanceof Uint8Array)) throw new Error('a part of this message lies elsewhere')
      all.set(chunk, at)
      at += chunk.length
    }
    return all
  }

  #varint(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) throw new Error(`cannot write ${value} as a field of a message`)
    const bytes: number[] = []
    let rest = value
    while (rest >= 128) {
      bytes.push((rest % 128) + 128)
      rest = Math.floor(rest / 128)
    }
    bytes.push(rest)
    return this.#append(Uint8Array.from(bytes))
  }

  #append(chunk: Uint8Array): this {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    return this
  }
}

/** The fields of one message by number. Integers are numbers, the rest views of the bytes. */
export class MessageReader {
  #fields = new Map<number, (number | Uint8Array)[]>()

  /** Throws an Error where the bytes are not one complete message. */
  constructor(bytes: Uint8Array) {
    const cursor = { at: 0 }
    const take = (count: number): Uint8Array => {
      if (count < 0 || cursor.at + count > bytes.length) throw new Error('a protobuf message ends inside a field')
      cursor.at += count
      return bytes.subarray(cursor.at - count, cursor.at)
    }
    while (cursor.at < bytes.length) {
      const tag = varint(bytes, cursor)
      const field = Math.floor(tag / 8)
      const type = tag % 8
      if (type === varintType) this.#add(field, varint(bytes, cursor))
      else if (type === delimitedType) this.#add(field, take(varint(bytes, cursor)))
      else if (type === fixed32Type) this.#add(field, take(4))
      else if (type === fixed64Type) this.#add(field, take(8))
      else throw new Error(`a protobuf field of the unknown type ${type}`)
    }
  }

  /** Repeated integers may come one by one or packed into one field: writers differ. */
  integers(field: number): number[] {
    return this.#all(field).flatMap((value) => (typeof value === 'number' ? [value] : unpacked(value)))
  }

  integer(field: number): number | undefined {
    return this.integers(field).at(-1)
  }

  /** Repeated 32-bit floats, one by one or packed. Throws an Error where bytes are left over. */
  floats(field: number): number[] {
    return this.bytes(field).flatMap((bytes) => {
      if (bytes.length % 4 !== 0) throw new Error('a protobuf field of floats ends inside a number')
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      return Array.from({ length: bytes.length / 4 }, (_, index) => view.getFloat32(4 * index, true))
    })
  }

  float(field: number): number | undefined {
    return this.floats(field).at(-1)
  }

  has(field: number): boolean {
    return this.#fields.has(field)
  }

  bytes(field: number): Uint8Array[] {
    return this.#all(field).filter((value) => typeof value !== 'number')
  }

  text(field: number): string {
    const last = this.bytes(field).at(-1)
    return last ? decodeUtf8(last) : ''
  }

  texts(field: number): string[] {
    return this.bytes(field).map(decodeUtf8)
  }

  messages(field: number): MessageReader[] {
    return this.bytes(field).map((bytes) => new MessageReader(bytes))
  }

  #all(field: number): (number | Uint8Array)[] {
    return this.#fields.get(field) ?? []
  }

  #add(field: number, value: number | Uint8Array): void {
    const values = this.#fields.get(field)
    if (values) values.push(value)
    else this.#fields.set(field, [value])
  }
}

/** A 64-bit number, two's complement: exact to ±2^53, rounded beyond. */
function varint(bytes: Uint8Array, cursor: { at: number }): number {
  let low = 0
  let high = 0
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = bytes[cursor.at++]
    if (byte === undefined) throw new Error('a protobuf message ends inside a number')
    const seven = byte & 127
    // The two halves hold 28 and 36 bits: both stay exact.
    if (shift < 28) low += seven * 2 ** shift
    else high += seven * 2 ** (shift - 28)
    if (byte >= 128) continue
    // What has the highest of its 64 bits is negative; of the tenth byte only one bit counts.
    high %= 2 ** 36
    return (high >= 2 ** 35 ? high - 2 ** 36 : high) * 2 ** 28 + low
  }
  throw new Error('a protobuf message holds a number of more than 64 bits')
}

function unpacked(bytes: Uint8Array): number[] {
  const values: number[] = []
  const cursor = { at: 0 }
  while (cursor.at < bytes.length) values.push(varint(bytes, cursor))
  return values
}
