import { decode, encode } from '@msgpack/msgpack'
import type { Disposable, MessageConnection, Message } from 'vscode-jsonrpc'
import { AbstractMessageReader, AbstractMessageWriter, createMessageConnection } from 'vscode-jsonrpc'

/** A transport: bytes in, bytes out. A child's stdio, an SSH exec channel, a serial line with its own error correction. */
export interface ByteChannel {
  onBytes(listener: (bytes: Uint8Array) => void): void
  onClose(listener: () => void): void
  /** Resolves when the transport takes more (back-pressure). */
  send(bytes: Uint8Array): Promise<void>
}

/** No honest message is larger; a peer that announces more is broken or hostile. */
export const maxMessageBytes = 8 * 1024 * 1024

const headerBytes = 8
/** "SBRP", so that a shell banner or a stray print on the line is recognised as not ours. */
const magic = 0x53425250

/** One message: magic (4 bytes), length (4 bytes, big endian), MessagePack body: binary data without base64. */
export function encodeMessage(message: unknown): Uint8Array {
  const body = encode(message, { ignoreUndefined: true })
  if (body.length > maxMessageBytes) throw new Error(`message of ${body.length} bytes is over the limit of ${maxMessageBytes}`)
  const frame = new Uint8Array(headerBytes + body.length)
  const view = new DataView(frame.buffer)
  view.setUint32(0, magic)
  view.setUint32(4, body.length)
  frame.set(body, headerBytes)
  return frame
}

/** Cuts a byte stream into messages. `push` throws on a frame that is not ours; what came before it has been delivered. */
export class MessageCutter {
  #chunks: Uint8Array[] = []
  #held = 0

  push(bytes: Uint8Array, deliver: (message: unknown) => void): void {
    this.#chunks.push(bytes)
    this.#held += bytes.length
    for (;;) {
      if (this.#held < headerBytes) return
      const head = this.#joined(headerBytes)
      const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
      if (view.getUint32(0) !== magic) throw new Error('received bytes that are not a message of this protocol')
      const length = view.getUint32(4)
      if (length > maxMessageBytes) throw new Error(`the other side announced a message of ${length} bytes, over the limit`)
      if (this.#held < headerBytes + length) return
      const frame = this.#joined(headerBytes + length)
      const body = frame.subarray(headerBytes, headerBytes + length)
      const rest = frame.subarray(headerBytes + length)
      // The body is copied: decoded binary fields must not keep a whole receive buffer alive.
      const message = decode(body.slice())
      this.#chunks = rest.length > 0 ? [rest, ...this.#chunks.slice(1)] : this.#chunks.slice(1)
      this.#held -= headerBytes + length
      deliver(message)
    }
  }

  /** The first chunk, grown by joining chunks until it holds at least `count` bytes. */
  #joined(count: number): Uint8Array {
    const first = this.#chunks[0]!
    if (first.length >= count) return first
    const joined = new Uint8Array(this.#held)
    let at = 0
    for (const chunk of this.#chunks) {
      joined.set(chunk, at)
      at += chunk.length
    }
    this.#chunks = [joined]
    return joined
  }
}

class ChannelReader extends AbstractMessageReader {
  #channel: ByteChannel
  constructor(channel: ByteChannel) {
    super()
    this.#channel = channel
  }
  listen(callback: (message: Message) => void): Disposable {
    const cutter = new MessageCutter()
    let broken = false
    this.#channel.onBytes((bytes) => {
      if (broken) return
      try {
        cutter.push(bytes, (message) => callback(message as Message))
      } catch (error) {
        broken = true
        this.fireError(error)
        this.fireClose()
      }
    })
    this.#channel.onClose(() => this.fireClose())
    return { dispose: () => {} }
  }
}

class ChannelWriter extends AbstractMessageWriter {
  #channel: ByteChannel
  constructor(channel: ByteChannel) {
    super()
    this.#channel = channel
  }
  async write(message: Message): Promise<void> {
    try {
      await this.#channel.send(encodeMessage(message))
    } catch (error) {
      this.fireError([error instanceof Error ? error : new Error(String(error)), message, 1])
    }
  }
  end(): void {}
}

/** A JSON-RPC connection over any transport. Call `listen()` after the handlers are registered. */
export const connect = (channel: ByteChannel): MessageConnection =>
  createMessageConnection(new ChannelReader(channel), new ChannelWriter(channel))
