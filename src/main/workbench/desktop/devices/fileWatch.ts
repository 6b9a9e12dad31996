import { statSync } from 'node:fs'

const everyMs = 1000

/** Tells when another process has changed a file, as long as somebody watches. */
export class FileWatch {
  readonly #file: string
  readonly #changed: () => void
  #stamp = ''
  #timer: NodeJS.Timeout | undefined

  constructor(file: string, changed: () => void) {
    this.#file = file
    this.#changed = changed
  }

  watch(on: boolean): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    if (!on) return
    this.#stamp = this.#look()
    this.#timer = setInterval(() => {
      const stamp = this.#look()
      if (stamp !== this.#stamp) this.#changed()
      this.#stamp = stamp
    }, everyMs)
    this.#timer.unref()
  }

  #look(): string {
    const stat = statSync(this.#file, { throwIfNoEntry: false })
    return `${stat?.mtimeMs} ${stat?.size}`
  }
}
