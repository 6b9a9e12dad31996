import { decode, encode } from '@msgpack/msgpack'
import { assertBounded } from './frameBounds.ts'

/** No honest message is larger; a peer that announces more is broken or hostile. */
export const maxMessageBytes = 8 * 1024 * 1024

const headerBytes = 8
/** "SBRP", so that a shell banner or a stray print on the line is recognised as not ours. */
const magic = 0x53425250

/**
 * One message: magic (4 bytes), length (4 bytes, big endian), MessagePack body: binary data without base64.
 * Throws where the body is over `maxMessageBytes`: the receiver would close the connection.
 */
export function encodeMessage(message: unknown): Uint8Array {
  const body = encode(message, { ignoreUndefined: true })
  if (body.length > maxMessageBytes) throw new Error(`a message of ${body.length} bytes is over the limit`)
  const frame = new Uint8Array(headerBytes + body.length)
  const view = new DataView(frame.buffer)
  view.setUint32(0, magic)
  view.setUint32(4, body.length)
  frame.set(body, headerBytes)
  return frame
}

/**
 * Cuts a byte stream into messages, however it was chunked. `push` throws on what is not ours; messages before it have
 * been delivered. A body is held once: memory stays under the limit plus one chunk.
 */
export class MessageCutter {
  readonly #limit: number
  readonly #header = new Uint8Array(headerBytes)
  #body: Uint8Array | undefined
  /** Bytes filled of the header or, once that is whole, of the body. */
  #filled = 0

  constructor(limit: number = maxMessageBytes) {
    this.#limit = limit
  }

  push(bytes: Uint8Array, deliver: (message: unknown) => void): void {
    let at = 0
    while (at < bytes.length || this.#body?.length === this.#filled) {
      const target = this.#body ?? this.#header
      const part = bytes.subarray(at, at + target.length - this.#filled)
      target.set(part, this.#filled)
      at += part.length
      this.#filled += part.length
      if (!this.#body) this.#checkMagic()
      if (this.#filled < target.length) return
      this.#filled = 0
      if (this.#body) {
        const body = this.#body
        this.#body = undefined
        assertBounded(body)
        deliver(decode(body))
      } else {
        this.#body = new Uint8Array(this.#announcedLength())
      }
    }
  }

  /** As early as possible: a login banner is recognised by its first byte, not when eight have arrived. */
  #checkMagic(): void {
    for (let i = 0; i < Math.min(this.#filled, 4); i++)
      if (this.#header[i] !== ((magic >>> (24 - 8 * i)) & 0xff))
        throw new Error('received bytes that are not a message of this protocol')
  }

  #announcedLength(): number {
    const length = new DataView(this.#header.buffer).getUint32(4)
    if (length > this.#limit) throw new Error(`the other side announced a message of ${length} bytes, over the limit`)
    return length
  }
}
