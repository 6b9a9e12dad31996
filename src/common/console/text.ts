const maxLine = 4096
/** Colours, cursor movements, titles of terminals: what a page of lines cannot show. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const escapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-Z\\-~])/g

/**
 * Bytes of a console become lines of plain text. Escape sequences and control characters go; a lone carriage return
 * starts the line anew, as a progress bar means it; a backspace takes back. A line is cut at 4096 characters.
 */
export class ConsoleText {
  readonly #decoder = new TextDecoder('utf-8')
  #rest = ''

  /** What has no end yet: a prompt for example. */
  get partial(): string {
    return shown(this.#rest)
  }

  /** The lines that these bytes complete. */
  add(bytes: Uint8Array): string[] {
    const parts = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n')
    this.#rest = parts.pop()!
    const lines = parts.map(shown)
    // Without an end it would grow without end.
    while (this.#rest.length > maxLine) {
      lines.push(shown(this.#rest.slice(0, maxLine)))
      this.#rest = this.#rest.slice(maxLine)
    }
    return lines
  }
}

function shown(raw: string): string {
  let text = raw.replace(/\r+$/, '')
  text = text.slice(text.lastIndexOf('\r') + 1).replace(escapes, '')
  if (text.includes('\b')) {
    const kept: string[] = []
    for (const character of text) {
      if (character === '\b') kept.pop()
      else kept.push(character)
    }
    text = kept.join('')
  }
  text = text.replace(/\t/g, '    ').replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, '')
  return text.length > maxLine ? `${text.slice(0, maxLine - 1)}…` : text
}
