import type { ByteChannel } from '#common/contract/channel.ts'

/** Two ends of a line in memory. Bytes arrive later and, with `chunk`, cut into pieces of so many bytes. */
export function channelPair(chunk = Number.POSITIVE_INFINITY): [ByteChannel & End, ByteChannel & End] {
  const ends = [new LineEnd(chunk), new LineEnd(chunk)] as const
  ends[0].peer = ends[1]
  ends[1].peer = ends[0]
  return [ends[0], ends[1]]
}

interface End {
  /** Cuts the line: both ends learn of it. */
  close(): void
}

class LineEnd implements ByteChannel, End {
  peer!: LineEnd
  readonly #chunk: number
  readonly #listeners: ((bytes: Uint8Array) => void)[] = []
  readonly #closeListeners: (() => void)[] = []
  #closed = false

  constructor(chunk: number) {
    this.#chunk = chunk
  }

  onBytes(listener: (bytes: Uint8Array) => void): void {
    this.#listeners.push(listener)
  }

  onClose(listener: () => void): void {
    if (this.#closed) listener()
    else this.#closeListeners.push(listener)
  }

  async send(bytes: Uint8Array): Promise<void> {
    if (this.#closed) throw new Error('closed')
    const copy = bytes.slice()
    await Promise.resolve()
    for (let at = 0; at < copy.length; at += this.#chunk) {
      for (const listener of this.peer.#listeners) listener(copy.subarray(at, at + this.#chunk))
    }
  }

  close(): void {
    for (const end of [this, this.peer]) {
      if (end.#closed) continue
      end.#closed = true
      for (const listener of end.#closeListeners) listener()
    }
  }
}
