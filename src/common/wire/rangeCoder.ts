import { CodedError } from '../errors.ts'
import type { Codes } from './pack.ts'

/**
 * Adaptive binary range coder (Martin 1979, in the carry-counting form of LZMA) over codes of 1 to 8 bits: a code is sent
 * as its bits from the highest on, each predicted by a 12-bit probability of the bits before it and of the class of the
 * code before (0, lower half, upper half), which is adapted after every bit. Only integer arithmetic below 2^53, so
 * every machine writes the same bytes. `prior`: where the probabilities start (`rangePrior`); null: at one half.
 */
const probabilityBits = 12
/** Shift of an adaptation step: quick from one half, slow from probabilities that were counted. */
const rates = { cold: 4, warm: 6 } as const
const classes = 3
const top = 2 ** 24

/** Probabilities of a 0 as bytes (p = (byte + ½)/256), [3 classes][2^bits]; entry 0 of each class is unused. */
export const priorLength = (bits: number): number => classes * 2 ** bits

function assertBits(bits: number): void {
  if (!Number.isInteger(bits) || bits < 1 || bits > 8)
    throw new Error(`a range coder of ${bits} bits: 1 to 8 are possible`)
}

function startingAt(bits: number, prior: Uint8Array | null): Uint16Array {
  assertBits(bits)
  if (prior && prior.length !== priorLength(bits)) {
    throw new Error(`a prior of ${prior.length} bytes for ${bits} bits: ${priorLength(bits)} are needed`)
  }
  const one = 2 ** probabilityBits
  return prior
    ? Uint16Array.from(prior, (byte) => (byte * 2 + 1) * (one / 512))
    : new Uint16Array(priorLength(bits)).fill(one / 2)
}

const classOf = (code: number, bits: number): number => (code === 0 ? 0 : code < 2 ** (bits - 1) ? 1 : 2)

/** The prior that codes of one kind (those of calibration images, one after another) would have ended in, by counting. */
export function rangePrior(images: readonly Codes[], bits: number): Uint8Array {
  assertBits(bits)
  const zeros = new Float64Array(priorLength(bits)).fill(0.4)
  const all = new Float64Array(priorLength(bits)).fill(0.8)
  for (const codes of images) {
    let context = 0
    for (let i = 0; i < codes.length; i++) {
      const code = codes[i]!
      let node = 1
      for (let at = bits - 1; at >= 0; at--) {
        const bit = (code >>> at) & 1
        const place = context * 2 ** bits + node
        all[place] += 1
        zeros[place] += 1 - bit
        node = node * 2 + bit
      }
      context = classOf(code, bits)
    }
  }
  return Uint8Array.from(zeros, (count, place) => Math.min(255, Math.floor((256 * count) / all[place]!)))
}

export function rangeEncode(codes: Codes, bits: number, prior: Uint8Array | null = null): Uint8Array<ArrayBuffer> {
  const probabilities = startingAt(bits, prior)
  const rate = prior ? rates.warm : rates.cold
  const out: number[] = []
  let low = 0
  let range = 2 ** 32 - 1
  let held = 0
  let waiting = 0
  let first = true
  const shift = (): void => {
    // A byte leaves when no carry can reach it any more; 255s behind it wait with it.
    if (low < 0xff00_0000 || low >= 2 ** 32) {
      const carry = low >= 2 ** 32 ? 1 : 0
      if (!first) out.push((held + carry) & 255)
      first = false
      for (; waiting > 0; waiting--) out.push((255 + carry) & 255)
      held = Math.floor(low / top) & 255
    } else waiting += 1
    low = (low % top) * 256
  }
  let context = 0
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!
    if (code >>> bits !== 0) throw new Error(`code ${code} needs more than ${bits} bits`)
    let node = 1
    for (let at = bits - 1; at >= 0; at--) {
      const place = context * 2 ** bits + node
      const probability = probabilities[place]!
      const bound = (range >>> probabilityBits) * probability
      const bit = (code >>> at) & 1
      if (bit === 0) range = bound
      else {
        low += bound
        range -= bound
      }
      probabilities[place] = adapted(probability, bit, rate)
      node = node * 2 + bit
      while (range < top) {
        range *= 256
        shift()
      }
    }
    context = classOf(code, bits)
  }
  // Any number inside the last range will do: the one that ends in the most zeros, which need not be sent.
  for (let zeros = 32; zeros >= 0; zeros -= 8) {
    const step = 2 ** zeros
    const candidate = Math.ceil(low / step) * step
    if (candidate < low + range) {
      low = candidate
      break
    }
  }
  for (let i = 0; i < 5; i++) shift()
  let length = out.length
  while (length > 0 && out[length - 1] === 0) length--
  return Uint8Array.from(out.slice(0, length))
}

const adapted = (probability: number, bit: number, rate: number): number =>
  bit === 0 ? probability + ((2 ** probabilityBits - probability) >>> rate) : probability - (probability >>> rate)

/** The inverse. Throws `protocol-violated` where the bytes are longer than what `count` codes take. */
export function rangeDecode(
  bytes: Uint8Array,
  bits: number,
  count: number,
  prior: Uint8Array | null = null,
): Uint8Array<ArrayBuffer> {
  const probabilities = startingAt(bits, prior)
  const rate = prior ? rates.warm : rates.cold
  const codes = new Uint8Array(count)
  let at = 0
  // What the encoder left out at the end are zeros.
  const next = (): number => bytes[at++] ?? 0
  let value = 0
  for (let i = 0; i < 4; i++) value = value * 256 + next()
  let range = 2 ** 32 - 1
  let context = 0
  for (let i = 0; i < count; i++) {
    let node = 1
    for (let depth = 0; depth < bits; depth++) {
      const place = context * 2 ** bits + node
      const probability = probabilities[place]!
      const bound = (range >>> probabilityBits) * probability
      let bit = 0
      if (value < bound) range = bound
      else {
        bit = 1
        value -= bound
        range -= bound
      }
      probabilities[place] = adapted(probability, bit, rate)
      node = node * 2 + bit
      while (range < top) {
        range *= 256
        value = value * 256 + next()
      }
    }
    codes[i] = node - 2 ** bits
    context = classOf(codes[i]!, bits)
  }
  if (bytes.length > at || bytes.at(-1) === 0) {
    throw new CodedError('protocol-violated', `A payload of ${bytes.length} bytes is no code of ${count} elements.`)
  }
  return codes
}
