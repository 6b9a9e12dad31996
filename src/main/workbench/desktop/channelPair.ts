import type { ClosableChannel } from './socketChannel.ts'

/** Two ends of one conversation inside this process: the doors that live with the workbench speak the same contract. */
export function channelPair(): [ClosableChannel, ClosableChannel] {
  const ends = [new End(), new End()] as const
  ends[0].peer = ends[1]
  ends[1].peer = ends[0]
  return [ends[0], ends[1]]
}

class End implements ClosableChannel {
  peer: End | undefined
  #bytes: ((bytes: Uint8Array) => void) | undefined
  /** Sent before anybody listened. */
  #early: Uint8Array[] = []
  #closeListeners = new Set<() => void>()
  #closed = false

  onBytes(listener: (bytes: Uint8Array) => void): void {
    this.#bytes = listener
    for (const bytes of this.#early.splice(0)) listener(bytes)
  }

  onClose(listener: () => void): void {
    if (this.#closed) listener()
    else this.#closeListeners.add(listener)
  }

  async send(bytes: Uint8Array): Promise<void> {
    const { peer } = this
    if (this.#closed || !peer) throw new Error('The channel is closed.')
    // Not inside the caller's turn: a real channel never answers before the call returns.
    queueMicrotask(() => peer.#take(bytes))
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const listener of this.#closeListeners) listener()
    this.#closeListeners.clear()
    this.peer?.close()
  }

  #take(bytes: Uint8Array): void {
    if (this.#bytes) this.#bytes(bytes)
    else this.#early.push(bytes)
  }
}
