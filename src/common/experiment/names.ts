import { CodedError } from '../errors.ts'
import { codecFrameworks } from './codecSeries.ts'

/** Frameworks that can be compared, in the order of reports. */
export const frameworkNames = ['only-splitting', 'cloud-only', 'two-step', ...codecFrameworks, 'auto'] as const

/** Those that a comparison takes unasked: minutes, while every learned codec is trained anew. */
export const defaultFrameworks: readonly (typeof frameworkNames)[number][] = ['only-splitting', 'two-step']

/** "all", or names separated by commas. Throws `unknown-name`. */
export function parseFrameworks(text: string): string[] {
  if (text === 'all') return [...frameworkNames]
  const asked = splitList(text)
  for (const name of asked) {
    if (!(frameworkNames as readonly string[]).includes(name)) {
      throw new CodedError(
        'unknown-name',
        `Unknown framework "${name}".`,
        `Frameworks: ${frameworkNames.join(', ')}, or all.`,
      )
    }
  }
  return frameworkNames.filter((name) => asked.includes(name))
}

/** "all" (null), or partition points separated by commas, checked against those of the network. Throws `unknown-name`. */
export function parsePoints(text: string, known: readonly string[]): string[] | null {
  if (text === 'all') return null
  const asked = splitList(text)
  for (const name of asked) {
    if (!known.includes(name)) {
      throw new CodedError(
        'unknown-name',
        `Unknown partition point "${name}".`,
        `Points of this network: ${known.join(', ')}.`,
      )
    }
  }
  return known.filter((name) => asked.includes(name))
}

function splitList(text: string): string[] {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  if (parts.length === 0) throw new CodedError('bad-usage', 'An empty list was given.', 'Name at least one, or "all".')
  return parts
}
