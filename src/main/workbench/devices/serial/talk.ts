import { CodedError } from '#common/errors.ts'
import type { PluggedLine } from './pluggedLine.ts'
import { wasUnplugged } from './unplugged.ts'

/** A board that writes without end is read, and forgotten. */
const keptChars = 256 * 1024

/** A conversation in text over a serial line: what a person at a terminal does. Bytes are taken as Latin-1. */
export class Talk {
  readonly #line: PluggedLine
  readonly #stop: () => void
  readonly #arrivals = new Set<() => void>()
  #text = ''
  #heardAt = performance.now()

  constructor(line: PluggedLine) {
    this.#line = line
    this.#stop = line.onBytes((bytes) => {
      this.#text = (this.#text + Buffer.from(bytes).toString('latin1')).slice(-keptChars)
      this.#heardAt = performance.now()
      for (const arrived of this.#arrivals) arrived()
    })
    line.onClose(() => {
      for (const arrived of this.#arrivals) arrived()
    })
  }

  /** What has come and was not consumed yet. */
  get text(): string {
    return this.#text
  }

  forget(): void {
    this.#text = ''
  }

  async write(text: string): Promise<void> {
    await this.#line.write(Buffer.from(text, 'latin1')).catch(() => {
      throw this.#line.lost() ?? wasUnplugged(this.#line.place.path)
    })
  }

  /** Waits for a match and forgets the text up to its end; undefined after `timeoutMs`. Throws `cancelled` or the line's end. */
  until(pattern: RegExp, timeoutMs: number, signal?: AbortSignal): Promise<RegExpExecArray | undefined> {
    return this.#wait(timeoutMs, signal, () => {
      const match = pattern.exec(this.#text)
      if (match) this.#text = this.#text.slice(match.index + match[0].length)
      return match ?? undefined
    })
  }

  /** Waits until something more comes, at most `timeoutMs`. */
  async more(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const before = this.#heardAt
    await this.#wait(timeoutMs, signal, () => (this.#heardAt === before ? undefined : true))
  }

  /** Waits until nothing has come for `quietMs`, at most `timeoutMs`. */
  async quiet(quietMs: number, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const end = performance.now() + timeoutMs
    for (;;) {
      const now = performance.now()
      const left = Math.min(this.#heardAt + quietMs, end) - now
      if (left <= 0) return
      await this.#wait(left, signal, () => undefined)
    }
  }

  stop(): void {
    this.#stop()
  }

  #wait<T>(timeoutMs: number, signal: AbortSignal | undefined, look: () => T | undefined): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const finish = (act: () => void): void => {
        clearTimeout(timer)
        this.#arrivals.delete(arrived)
        signal?.removeEventListener('abort', aborted)
        act()
      }
      const arrived = (): void => {
        const found = look()
        const lost = this.#line.lost()
        if (found !== undefined) finish(() => resolve(found))
        else if (lost) finish(() => reject(lost))
      }
      const aborted = (): void => finish(() => reject(new CodedError('cancelled', 'Cancelled.')))
      const timer = setTimeout(() => finish(() => resolve(undefined)), timeoutMs)
      this.#arrivals.add(arrived)
      signal?.addEventListener('abort', aborted, { once: true })
      if (signal?.aborted) aborted()
      else arrived()
    })
  }
}
