import { CodedError } from '../errors.ts'
import type { QuantityName } from './quantities.ts'
import { quantities, quantityNamed, quantityNames } from './quantities.ts'

/** One term of a query: a bound on a quantity, or where the cut may be and whose recipe it may come from. */
export type Term = Limit | Naming

export interface Limit {
  kind: 'limit'
  quantity: QuantityName
  op: '<=' | '<' | '>=' | '>'
  /** In the quantity's own unit (ms, fraction, MACs, parameters, bytes, mJ). */
  value: number
}

export interface Naming {
  kind: 'cut' | 'framework'
  /** `<=` and `>=` go by the order of the network and exist for a cut alone. */
  op: '=' | '!=' | '<=' | '>='
  names: readonly string[]
}

/** The names that a query may use. `points` in the order of the network. */
export interface Known {
  points: readonly string[]
  frameworks: readonly string[]
}

const grammar =
  'Write e.g. "latency <= 40 ms, accuracy >= 91 %, cut != input". ' +
  `Quantities: ${quantityNames.join(', ')}; also cut and framework, with names joined by |.`

const wrong = (message: string, hint = grammar): CodedError => new CodedError('bad-usage', message, hint)

/**
 * A query such as "latency <= 40 ms, accuracy >= 91 %; cut != input|output". Terms are joined by commas, semicolons,
 * "and" or line ends, and all have to hold; an empty text has none. Units may be left out: ms, fractions, MACs,
 * parameters, bytes and mJ are meant then. Throws `bad-usage`, and `unknown-name` for a cut or framework that is not there.
 */
export const parseQuery = (text: string, known: Known): Term[] =>
  text
    .split(/[,;\n&]|\band\b/i)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => parseTerm(part, known))

function parseTerm(text: string, known: Known): Term {
  const match = /^([\p{L}][\p{L}\s_-]*?)\s*(<=|>=|=<|=>|!=|==|[<>=≤≥≠]|\bnot\b|\bis\b)\s*(.+)$/iu.exec(text)
  if (!match) throw wrong(`"${text}" is no condition.`)
  const [, word = '', sign = '', right = ''] = match
  const op = signs[sign.toLowerCase()]!
  const named = word.toLowerCase().trim()
  if (['cut', 'point', 'partition point'].includes(named)) return naming('cut', op, right, known.points)
  if (named === 'framework') return naming('framework', op, right, known.frameworks)
  const quantity = quantityNamed(word)
  if (!quantity) throw wrong(`"${word.trim()}" is no quantity.`)
  if (op === '=' || op === '!=') {
    const usual = quantities[quantity].better === 'low' ? '<=' : '>='
    throw wrong(`"${text}": a quantity is bounded.`, `Write ${quantity} ${usual} ${right.trim()}.`)
  }
  return { kind: 'limit', quantity, op, value: amount(quantity, right.trim()) }
}

const signs: Readonly<Record<string, Naming['op'] | Limit['op']>> = {
  ...{ '<=': '<=', '=<': '<=', '≤': '<=', '<': '<', '>=': '>=', '=>': '>=', '≥': '>=', '>': '>' },
  ...{ '=': '=', '==': '=', is: '=', '!=': '!=', '≠': '!=', not: '!=' },
}

function amount(quantity: QuantityName, text: string): number {
  const { units, fraction, title } = quantities[quantity]
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(.*)$/i.exec(text)
  const unit = (match?.[2] ?? '').toLowerCase().replace(/\s+/g, '')
  const factor = units[unit]
  if (!match || factor === undefined) {
    const choices = Object.keys(units).filter((one) => one !== '')
    throw wrong(`"${text}" is no ${title}.`, `A number with one of: ${choices.join(', ')}.`)
  }
  const value = Number((Number(match[1]) * factor).toPrecision(15))
  if (fraction && unit === '' && Math.abs(value) > 1) {
    throw wrong(`"${text}" is no ${title}: without a unit it is a fraction.`, `Write ${match[1]} %.`)
  }
  if (value < 0 && quantity !== 'loss') throw wrong(`"${text}" is no ${title}: it is below 0.`)
  return value
}

function naming(kind: Naming['kind'], op: Term['op'], text: string, known: readonly string[]): Naming {
  const ordered = op === '<=' || op === '>='
  if (op === '<' || op === '>' || (ordered && kind === 'framework')) {
    throw wrong(`A ${kind} cannot be compared by ${op}.`, `Use =, !=${kind === 'cut' ? ', <= or >=' : ''}.`)
  }
  const names = text
    .split(/[|]|\bor\b/i)
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const other = names.find((name) => !known.includes(name))
  if (other !== undefined) {
    throw new CodedError('unknown-name', `This run has no ${kind} "${other}".`, `There are: ${known.join(', ')}.`)
  }
  if (names.length === 0 || (ordered && names.length > 1)) throw wrong(`"${kind} ${op} ${text}" needs one name.`)
  return { kind, op, names }
}

/** A query as it can be typed again: `parseQuery(formatQuery(terms))` gives the terms back. */
export const formatQuery = (terms: readonly Term[]): string => terms.map(formatTerm).join(', ')

export const formatTerm = (term: Term): string =>
  term.kind === 'limit'
    ? `${term.quantity} ${term.op} ${typed(term.quantity, term.value)}`
    : `${term.kind} ${term.op} ${term.names.join('|')}`

/** "latency ≤ 40 ms": for a sentence. */
export const describeTerm = (term: Term): string =>
  (term.kind === 'limit'
    ? `${quantities[term.quantity].title} ${term.op} ${typed(term.quantity, term.value)}`
    : formatTerm(term)
  )
    .replace('<=', '≤')
    .replace('>=', '≥')
    .replace('!=', '≠')

/** The number with a unit, in as few digits as say the same. */
function typed(quantity: QuantityName, value: number): string {
  const [unit, factor] = typedUnit(quantity, Math.abs(value))
  const number = Number((value / factor).toPrecision(12))
  return unit === '' ? `${number}` : `${number} ${unit}`
}

function typedUnit(quantity: QuantityName, size: number): readonly [unit: string, factor: number] {
  switch (quantity) {
    case 'latency':
      return ['ms', 1]
    case 'accuracy':
      return ['%', 0.01]
    case 'loss':
      return ['points', 0.01]
    case 'energy':
      return ['mJ', 1]
    case 'payload':
      return size >= 1e4 ? ['kB', 1e3] : ['B', 1]
    case 'macs':
    case 'head':
      return size >= 1e6 ? ['M', 1e6] : size >= 1e3 ? ['k', 1e3] : ['', 1]
  }
}
