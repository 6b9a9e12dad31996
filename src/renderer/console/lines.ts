import type { ConsoleLine } from '#common/contract/devices.ts'

export interface ShownLine extends ConsoleLine {
  /** Counts from the console's first line on; stays when older lines go. */
  number: number
  /** Where lines were missed, how many stood here. */
  missed?: number
}

export const keptLines = 10_000

/**
 * The last lines of a console, and those of them that match a filter. Both are kept as they grow: a flood costs what
 * its own lines cost, not a look at all of them.
 */
export class LineBuffer {
  #all: ShownLine[] = []
  #matching: ShownLine[] = []
  #filter = ''
  #next = 1

  get shown(): readonly ShownLine[] {
    return this.#filter === '' ? this.#all : this.#matching
  }

  get all(): readonly ShownLine[] {
    return this.#all
  }

  add(lines: readonly ConsoleLine[], dropped = 0): void {
    if (dropped > 0) {
      const at = lines[0]?.at ?? new Date().toISOString()
      this.#push({ at, text: `… ${dropped} lines came too fast to be shown …`, number: this.#next, missed: dropped })
      this.#next += dropped
    }
    for (const line of lines) this.#push({ ...line, number: this.#next++ })
    this.#trim()
  }

  filter(words: string): void {
    this.#filter = words.toLowerCase()
    this.#matching = this.#all.filter((line) => this.#matches(line))
  }

  clear(): void {
    this.#all = []
    this.#matching = []
  }

  #push(line: ShownLine): void {
    this.#all.push(line)
    if (this.#filter !== '' && this.#matches(line)) this.#matching.push(line)
  }

  #matches(line: ShownLine): boolean {
    return line.missed !== undefined || line.text.toLowerCase().includes(this.#filter)
  }

  #trim(): void {
    const over = this.#all.length - keptLines
    if (over <= 0) return
    this.#all.splice(0, over)
    const oldest = this.#all[0]!.number
    const gone = this.#matching.findIndex(({ number }) => number >= oldest)
    if (gone !== 0) this.#matching.splice(0, gone < 0 ? this.#matching.length : gone)
  }
}

/** As a file: one line each, with the full time in front. */
export const linesText = (lines: readonly ShownLine[]): string =>
  lines.map(({ at, text }) => `${at}  ${text}\n`).join('')
