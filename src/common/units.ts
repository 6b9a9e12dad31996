/** Formatting with units. Files keep full precision; on screen a figure has 3-4 significant digits. */

/** What a reader may choose; the first of each is what reports use. 1 MAC = 2 FLOPs. */
export const unitChoices = {
  time: ['auto', 'µs', 'ms', 's'],
  bytes: ['decimal', 'binary'],
  compute: ['MACs', 'FLOPs'],
} as const
export interface Units {
  time: (typeof unitChoices.time)[number]
  bytes: (typeof unitChoices.bytes)[number]
  compute: (typeof unitChoices.compute)[number]
}

export const reportUnits: Units = { time: 'auto', bytes: 'decimal', compute: 'MACs' }
/** Of this process' reader, like a locale: only the window ever changes it. */
let chosen: Units = reportUnits

/** From now on figures are formatted so; what is on the screen already must be drawn again. */
export function chooseUnits(units: Units): void {
  chosen = units
}

const trim = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text)

/** 3-4 significant digits without an exponent: 0.01234 → "0.0123", 1234.6 → "1235". */
export function significant(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return '–'
  if (value === 0) return '0'
  const magnitude = Math.floor(Math.log10(Math.abs(value)))
  const decimals = Math.max(0, digits - 1 - magnitude)
  return trim(value.toFixed(Math.min(decimals, 12)))
}

/** Of things that are counted: 10000 → "10,000". */
export const formatCount = (count: number): string => count.toLocaleString('en-US')

/** [from this value on, divided by, unit], largest first. */
type Step = readonly [from: number, divisor: number, unit: string]

function scaled(value: number, steps: readonly Step[]): string {
  const [, divisor, unit] = steps.find(([from]) => Math.abs(value) >= from) ?? steps[steps.length - 1]
  return `${significant(value / divisor)} ${unit}`.trimEnd()
}

const byteSteps: Record<Units['bytes'], readonly Step[]> = {
  decimal: [
    [1e9, 1e9, 'GB'],
    [1e6, 1e6, 'MB'],
    [1e4, 1e3, 'kB'],
    [0, 1, 'B'],
  ],
  binary: [
    [2 ** 30, 2 ** 30, 'GiB'],
    [2 ** 20, 2 ** 20, 'MiB'],
    [10 * 2 ** 10, 2 ** 10, 'KiB'],
    [0, 1, 'B'],
  ],
}

/** Decimal prefixes (kB = 1000 B) or binary ones, never mixed; below 10 kB in plain bytes. */
export const formatBytes = (bytes: number): string => scaled(bytes, byteSteps[chosen.bytes])

export const formatMacs = (macs: number): string =>
  scaled(macs, [
    [1e9, 1e9, 'G'],
    [1e6, 1e6, 'M'],
    [1e3, 1e3, 'k'],
    [0, 1, ''],
  ])

/** Work of a network in the unit that the reader chose, with its name: "12.3 MMACs", "24.6 MFLOPs". */
export const formatCompute = (macs: number): string => {
  const [number, prefix = ''] = formatMacs(chosen.compute === 'FLOPs' ? 2 * macs : macs).split(' ')
  return `${number} ${prefix}${chosen.compute}`
}

/** The same for a heading: "MACs" or "FLOPs". */
export const computeUnit = (): string => chosen.compute

const perMs = { s: 1 / 1000, ms: 1, µs: 1000 } as const

function timeUnit(ms: number): keyof typeof perMs {
  if (chosen.time !== 'auto') return chosen.time
  return Math.abs(ms) >= 10_000 ? 's' : Math.abs(ms) >= 1 || ms === 0 ? 'ms' : 'µs'
}

export function formatMs(ms: number): string {
  const unit = timeUnit(ms)
  return `${significant(ms * perMs[unit])} ${unit}`
}

/** Both ends in the unit of the upper one: "79.5–82.7 µs". */
export function formatMsInterval([low, high]: readonly [low: number, high: number]): string {
  const unit = timeUnit(high)
  return `${significant(low * perMs[unit])}–${significant(high * perMs[unit])} ${unit}`
}

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
