/** Formatting with units. Files keep full precision; on screen a figure has 3-4 significant digits. */

const trim = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text)

/** 3-4 significant digits without an exponent: 0.01234 → "0.0123", 1234.6 → "1235". */
export function significant(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return '–'
  if (value === 0) return '0'
  const magnitude = Math.floor(Math.log10(Math.abs(value)))
  const decimals = Math.max(0, digits - 1 - magnitude)
  return trim(value.toFixed(Math.min(decimals, 12)))
}

/** [from this value on, divided by, unit], largest first. */
type Step = readonly [from: number, divisor: number, unit: string]

function scaled(value: number, steps: readonly Step[]): string {
  const [, divisor, unit] = steps.find(([from]) => Math.abs(value) >= from) ?? steps[steps.length - 1]
  return `${significant(value / divisor)} ${unit}`.trimEnd()
}

/** Decimal prefixes only (kB = 1000 B), never mixed with binary ones; below 10 kB in plain bytes. */
export const formatBytes = (bytes: number): string =>
  scaled(bytes, [
    [1e9, 1e9, 'GB'],
    [1e6, 1e6, 'MB'],
    [1e4, 1e3, 'kB'],
    [0, 1, 'B'],
  ])

export const formatMacs = (macs: number): string =>
  scaled(macs, [
    [1e9, 1e9, 'G'],
    [1e6, 1e6, 'M'],
    [1e3, 1e3, 'k'],
    [0, 1, ''],
  ])

export const formatMs = (ms: number): string =>
  Math.abs(ms) >= 10_000
    ? `${significant(ms / 1000)} s`
    : Math.abs(ms) >= 1 || ms === 0
      ? `${significant(ms)} ms`
      : `${significant(ms * 1000)} µs`

/** A fraction 0..1 as percent. */
export const formatPercent = (fraction: number, decimals = 1): string => `${(fraction * 100).toFixed(decimals)} %`

/** A difference of two accuracies (fractions) in percentage points, signed. */
export const formatPoints = (difference: number): string =>
  `${difference > 0 ? '+' : ''}${(difference * 100).toFixed(1)} pt`

/** 75 → "1 min 15 s". */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–'
  const total = Math.max(0, Math.round(seconds))
  if (total < 60) return `${total} s`
  const minutes = Math.floor(total / 60)
  if (minutes < 60) return total % 60 === 0 ? `${minutes} min` : `${minutes} min ${total % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
