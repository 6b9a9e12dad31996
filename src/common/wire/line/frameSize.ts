import { dataOverheadBytes, maxDataBytes } from './frame.ts'

const smallest = 64
/** Older losses fade over so many bytes. */
const memoryBytes = 32 * 1024

/**
 * How many bytes a frame should carry. Per byte error rate p and overhead h, the goodput L/(L+h)·(1−p)^(L+h) has its
 * maximum near L = √(h/p): large frames on a clean line, small ones where noise would hit nearly every large one.
 */
export class FrameSize {
  readonly #largest: number
  #bytes = 0
  #losses = 0

  /** On a slow line a large frame would delay everything behind it: at most 80 ms of the line's time. */
  constructor(bytesPerSecond: number) {
    this.#largest = Math.round(Math.min(maxDataBytes, Math.max(128, bytesPerSecond * 0.08)))
  }

  get bytes(): number {
    // With nothing known, as if one loss in a hundred large frames.
    const rate = (this.#losses + 0.01) / (this.#bytes + maxDataBytes)
    return Math.round(Math.min(this.#largest, Math.max(smallest, Math.sqrt(dataOverheadBytes / rate))))
  }

  get smallest(): number {
    return Math.min(smallest, this.#largest)
  }

  /** A frame of so many bytes of data has come through, or has not. */
  note(bytes: number, lost: boolean): void {
    const whole = bytes + dataOverheadBytes
    const fade = Math.max(0, 1 - whole / memoryBytes)
    this.#bytes = this.#bytes * fade + whole
    this.#losses = this.#losses * fade + (lost ? 1 : 0)
  }
}
