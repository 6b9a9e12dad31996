/** HTML that was built by `html` and is not escaped again. */
export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character]!)

export type Content = Markup | string | number | null | undefined | false | readonly Content[]

/** A template whose every interpolated value is escaped unless it is markup itself: strings come from outside. */
export const html = (parts: TemplateStringsArray, ...values: Content[]): Markup =>
  new Markup(parts.reduce((text, part, index) => text + render(values[index - 1]) + part))

function render(value: Content): string {
  if (value === null || value === undefined || value === false) return ''
  if (value instanceof Markup) return value.text
  if (Array.isArray(value)) return value.map(render).join('')
  return escapeHtml(String(value))
}

/** Trusted text of this program (style sheet, script, drawn SVG). */
export const trusted = (text: string): Markup => new Markup(text)
