import { CodedError } from '../errors.ts'
import type { FrameHeader } from './header.ts'
import { decodeHeader, encodeHeader, frameHeaderBytes } from './header.ts'

/** Header and payload as they cross the data link, in one piece, so that they leave in one write. */
export function encodeFrame(header: Omit<FrameHeader, 'length'>, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(frameHeaderBytes + payload.length)
  bytes.set(encodeHeader({ ...header, length: payload.length }))
  bytes.set(payload, frameHeaderBytes)
  return bytes
}

/**
 * Cuts the data link's bytes into frames, however they were chunked. `push` throws `protocol-violated` for what is no
 * frame, or for one that announces more than `maxPayload` bytes: nothing is allocated for a liar.
 */
export class FrameCutter {
  readonly #maxPayload: number
  readonly #head = new Uint8Array(frameHeaderBytes)
  #header: FrameHeader | undefined
  #payload: Uint8Array<ArrayBuffer> = new Uint8Array(0)
  /** Bytes filled of the header or, once that is whole, of the payload. */
  #filled = 0

  constructor(maxPayload: number) {
    this.#maxPayload = maxPayload
  }

  push(bytes: Uint8Array, deliver: (header: FrameHeader, payload: Uint8Array<ArrayBuffer>) => void): void {
    let at = 0
    while (at < bytes.length) {
      const target = this.#header ? this.#payload : this.#head
      const part = bytes.subarray(at, at + target.length - this.#filled)
      target.set(part, this.#filled)
      at += part.length
      this.#filled += part.length
      if (this.#filled < target.length) return
      if (!this.#header) this.#open(decodeHeader(this.#head))
      const header = this.#header!
      if (this.#filled < header.length) continue
      const payload = this.#payload
      this.#header = undefined
      this.#filled = 0
      deliver(header, payload)
    }
  }

  #open(header: FrameHeader): void {
    if (header.length > this.#maxPayload) {
      throw new CodedError(
        'protocol-violated',
        `A frame announces ${header.length} bytes where at most ${this.#maxPayload} are possible.`,
      )
    }
    this.#header = header
    this.#payload = new Uint8Array(header.length)
    this.#filled = 0
  }
}
