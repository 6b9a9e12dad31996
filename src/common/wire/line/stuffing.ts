/**
 * Consistent overhead byte stuffing (Cheshire and Baker 1999): a frame holds no zero byte, so a zero is always a
 * boundary and a receiver is in step again after one frame, whatever noise, a cut or a stray text came before. Costs one
 * byte in 254.
 */

/** The frame between two zeros: one in front as well, which ends whatever garbage the line has carried before. */
export function stuff(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(body.length + Math.floor(body.length / 254) + 3)
  let codeAt = 1
  let at = 2
  for (let i = 0; i < body.length; i++) {
    if (body[i] !== 0) out[at++] = body[i]!
    if (body[i] === 0 || at - codeAt === 255) {
      out[codeAt] = at - codeAt
      codeAt = at++
    }
  }
  out[codeAt] = at - codeAt
  return out.subarray(0, at + 1)
}

/** The body again, or undefined where this was never a stuffed frame. `bytes` holds no zero. */
export function unstuff(bytes: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const out = new Uint8Array(bytes.length)
  let length = 0
  for (let at = 0; at < bytes.length; ) {
    const code = bytes[at]!
    if (at + code > bytes.length) return undefined
    for (let i = 1; i < code; i++) out[length++] = bytes[at + i]!
    at += code
    if (code < 255 && at < bytes.length) out[length++] = 0
  }
  return out.subarray(0, length)
}

/** Cuts what a line delivers at the zeros. Pieces longer than `limit` are no frames; they come out as they fill up. */
export class PieceCutter {
  readonly #held: Uint8Array
  #length = 0

  constructor(limit: number) {
    this.#held = new Uint8Array(limit)
  }

  /** `piece` may be kept; `whole` says whether a zero ended it. */
  push(bytes: Uint8Array, deliver: (piece: Uint8Array<ArrayBuffer>, whole: boolean) => void): void {
    for (let i = 0; i < bytes.length; i++) {
      if (bytes[i] === 0) {
        if (this.#length > 0) deliver(this.take(), true)
      } else {
        this.#held[this.#length++] = bytes[i]!
        if (this.#length === this.#held.length) deliver(this.take(), false)
      }
    }
  }

  /** What has come since the last boundary. */
  get held(): Uint8Array {
    return this.#held.subarray(0, this.#length)
  }

  /** The same, and forgets it. */
  take(): Uint8Array<ArrayBuffer> {
    const piece = this.#held.slice(0, this.#length)
    this.#length = 0
    return piece
  }
}
