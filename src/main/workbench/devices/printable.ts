import type { ErrorCode } from '#common/errors.ts'
import { CodedError } from '#common/errors.ts'

/**
 * Text that came from a device, made safe to print: escape sequences, control and bidirectional characters go (they
 * could repaint a terminal or reorder a line), and it is cut at `limit` characters.
 */
export function printable(text: string, limit = 300): string {
  const plain = text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
    .replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g, '')
    .replace(/[\s\u2028\u2029]+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, '')
    .trim()
  return plain.length > limit ? `${plain.slice(0, limit - 1)}…` : plain
}

/** Every string inside, however deep, made printable; the shape stays. */
export function printableDeep<T>(value: T): T {
  if (typeof value === 'string') return printable(value) as T
  if (Array.isArray(value)) return value.map(printableDeep) as T
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, printableDeep(inner)])) as T
}

/** What a device may complain of; any other code would speak for this computer or for the user. */
const deviceCodes: ReadonlySet<ErrorCode> = new Set([
  'device-failed',
  'device-unsupported',
  'check-failed',
  'timing-refused',
  'disk-full',
  'io-failed',
  'component-missing',
  'protocol-violated',
])

/** Hints of the error itself speak of this computer's folders. */
const deviceHints: Partial<Record<ErrorCode, string>> = {
  'disk-full': 'Free some space on the device, then run the same command again.',
  'io-failed': "Check the device's storage and the permissions of the agent's folder there.",
}

/** An error that a device sent, as one that can be shown: with the device's name and without surprises. */
export function deviceError(name: string, error: CodedError, cancelled: boolean): CodedError {
  if (error.code === 'cancelled' && cancelled) return error
  const code = deviceCodes.has(error.code) ? error.code : 'device-failed'
  const hint = deviceHints[code] ?? (error.hint && printable(error.hint))
  return new CodedError(code, `Device ${name}: ${printable(error.message)}`, hint)
}
