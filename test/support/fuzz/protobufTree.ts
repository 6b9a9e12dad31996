/** A protobuf message as a list of its fields that can be changed and written again; nothing is known of their meaning. */
export interface Field {
  number: number
  /** A number (varint), or bytes of a field with a length or of fixed size (`wire` 1, 2, 5). */
  wire: number
  value: number | Uint8Array
}

export function readFields(bytes: Uint8Array): Field[] {
  const fields: Field[] = []
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++]!
      value += (byte & 127) * factor
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const tag = varint()
    const [number, wire] = [Math.floor(tag / 8), tag % 8]
    if (wire === 0) fields.push({ number, wire, value: varint() })
    else {
      const length = wire === 2 ? varint() : wire === 5 ? 4 : 8
      fields.push({ number, wire, value: bytes.slice(at, at + length) })
      at += length
    }
  }
  return fields
}

export function writeFields(fields: readonly Field[]): Uint8Array {
  const parts = fields.map(({ number, wire, value }) => {
    const tag = varintBytes(number * 8 + wire)
    if (typeof value === 'number') return Buffer.concat([tag, varintBytes(value)])
    return Buffer.concat(wire === 2 ? [tag, varintBytes(value.length), value] : [tag, value])
  })
  return new Uint8Array(Buffer.concat(parts))
}

export const text = (value: string): Uint8Array => new TextEncoder().encode(value)

function varintBytes(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = BigInt(Math.trunc(value))
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  bytes.push(Number(rest))
  return Uint8Array.from(bytes)
}
