import { CodedError } from '../errors.ts'

export type Codes = Uint8Array | Uint16Array

export const packedBytes = (count: number, bits: number): number => Math.ceil((count * bits) / 8)

function assertBits(bits: number): void {
  if (!Number.isInteger(bits) || bits < 1 || bits > 16) throw new Error(`codes of ${bits} bits: 1 to 16 are possible`)
}

/**
 * Codes of `bits` bits without gaps: code 0 takes the lowest bits of byte 0, and so on; unused bits of the last byte
 * are 0. Throws an Error where a code needs more bits.
 */
export function packCodes(codes: Codes, bits: number): Uint8Array<ArrayBuffer> {
  assertBits(bits)
  const bytes = new Uint8Array(packedBytes(codes.length, bits))
  let held = 0
  let heldBits = 0
  let at = 0
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]
    if (code >>> bits !== 0) throw new Error(`code ${code} needs more than ${bits} bits`)
    held |= code << heldBits
    heldBits += bits
    while (heldBits >= 8) {
      bytes[at++] = held
      held >>>= 8
      heldBits -= 8
    }
  }
  if (heldBits > 0) bytes[at] = held
  return bytes
}

/**
 * The inverse: `count` codes, as bytes where they fit. Throws `protocol-violated` where the bytes are not exactly those
 * of `count` codes.
 */
export function unpackCodes(bytes: Uint8Array, bits: number, count: number): Codes {
  assertBits(bits)
  if (bytes.length !== packedBytes(count, bits)) {
    throw new CodedError(
      'protocol-violated',
      `${count} codes of ${bits} bits are ${packedBytes(count, bits)} bytes, received ${bytes.length}.`,
    )
  }
  const codes = bits <= 8 ? new Uint8Array(count) : new Uint16Array(count)
  const mask = 2 ** bits - 1
  let held = 0
  let heldBits = 0
  let at = 0
  for (let i = 0; i < count; i++) {
    while (heldBits < bits) {
      held |= bytes[at++] << heldBits
      heldBits += 8
    }
    codes[i] = held & mask
    held >>>= bits
    heldBits -= bits
  }
  if (held !== 0) throw new CodedError('protocol-violated', 'The unused bits after the last code are not 0.')
  return codes
}
