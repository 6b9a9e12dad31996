import type { Conditions } from '../contract/result.ts'
import { significant } from '../units.ts'
import { median } from './statistics.ts'

/** A machine's state around and during a timing; `during` about once a second. */
export interface ConditionsSeries {
  before: Conditions
  after: Conditions
  during: readonly { atS: number; conditions: Conditions }[]
}

/** A clock below its nominal rate, or lower at the end than at the start, by more than this share was not steady. */
const clockTolerance = 0.05
/** Cores that other processes keep busy, above which timings are disturbed. */
const otherCores = 0.5
/** Heating beyond these is no balance. */
const warming = { perMinute: 1, total: 3, readings: 5 } as const

/** Bits of the Raspberry Pi's `vcgencmd get_throttled`: these now, the same 16 bits higher since it was switched on. */
const throttleBits = [
  'under-voltage',
  'the clock was capped',
  'it was throttled',
  'the soft temperature limit',
] as const

/** What a throttle mask ("0x50005") tells. Null for what is no mask. */
export function decodeThrottled(text: string): { now: string[]; sinceBoot: string[] } | null {
  if (!/^(?:0x)?[0-9a-f]{1,8}$/i.test(text)) return null
  const mask = Number.parseInt(text, 16)
  const named = (shift: number): string[] => throttleBits.filter((_, bit) => (mask >>> (bit + shift)) & 1)
  return { now: named(0), sinceBoot: named(16) }
}

/** What a reader must know about one machine before believing the times that were taken on it; a sentence each. */
export function conditionWarnings(name: string, { before, after, during }: ConditionsSeries): string[] {
  const readings = [before, ...during.map(({ conditions }) => conditions), after]
  return [
    ...governorWarning(readings),
    ...throttleWarnings(readings),
    ...clockWarning(readings),
    ...temperatureWarning(during),
    ...loadWarning([...during.map(({ conditions }) => conditions), after]),
    ...(readings.some(({ onBattery }) => onBattery) ? ['it was running on battery.'] : []),
  ].map((text) => `${name}: ${text}`)
}

function governorWarning(readings: readonly Conditions[]): string[] {
  const other = readings.find(({ governor }) => governor !== null && governor !== 'performance')?.governor
  return other ? [`the clock governor is "${other}", not "performance".`] : []
}

function throttleWarnings(readings: readonly Conditions[]): string[] {
  const told = [...new Set(readings.flatMap(({ throttled }) => throttled ?? []))]
  const masks = told.flatMap((text) => decodeThrottled(text) ?? [])
  const words = told.filter((text) => !decodeThrottled(text) && !['', 'none', 'no'].includes(text.toLowerCase()))
  const now = [...new Set(masks.flatMap((mask) => mask.now))]
  const before = [...new Set(masks.flatMap(({ sinceBoot }) => sinceBoot))].filter(
    (name) => !now.includes(name as never),
  )
  const raw = told.filter((text) => decodeThrottled(text)?.now.length || decodeThrottled(text)?.sinceBoot.length)
  return [
    ...(now.length > 0 ? [`while timing: ${now.join(', ')} (${raw.join(', ')}).`] : []),
    ...(before.length > 0 ? [`since it was switched on: ${before.join(', ')} (${raw.join(', ')}).`] : []),
    ...words.map((text) => `throttling was reported (${text}).`),
  ]
}

function clockWarning(readings: readonly Conditions[]): string[] {
  const clocks = readings.flatMap(({ clockMhz }) => clockMhz ?? [])
  const nominal = readings.find(({ nominalMhz }) => nominalMhz !== null)?.nominalMhz
  if (clocks.length === 0) return []
  const lowest = Math.min(...clocks)
  if (nominal && lowest < nominal * (1 - clockTolerance)) {
    return [`the clock was down to ${mhz(lowest)}, below its nominal ${mhz(nominal)}.`]
  }
  const first = clocks[0]!
  return lowest < first * (1 - clockTolerance)
    ? [`the clock fell from ${mhz(first)} to ${mhz(lowest)} while timing.`]
    : []
}

const mhz = (value: number): string => `${significant(value, 4)} MHz`

function temperatureWarning(during: ConditionsSeries['during']): string[] {
  const points = during.flatMap(({ atS, conditions }) =>
    conditions.temperatureC === null ? [] : [{ minutes: atS / 60, value: conditions.temperatureC }],
  )
  if (points.length < warming.readings) return []
  const slope = slopeOf(points)
  const rise = slope * (points.at(-1)!.minutes - points[0]!.minutes)
  if (!(slope > warming.perMinute && rise > warming.total)) return []
  return [`it grew warmer while timing, by ${significant(rise, 2)} °C (${significant(slope, 2)} °C per minute).`]
}

/** Of the least-squares line. */
function slopeOf(points: readonly { minutes: number; value: number }[]): number {
  const middle = points.reduce((sum, { minutes }) => sum + minutes, 0) / points.length
  const spread = points.reduce((sum, { minutes }) => sum + (minutes - middle) ** 2, 0)
  return spread === 0 ? 0 : points.reduce((sum, { minutes, value }) => sum + (minutes - middle) * value, 0) / spread
}

/** Measured during the timing: a load average would still hold what this very run did before it. */
function loadWarning(readings: readonly Conditions[]): string[] {
  const loads = readings.flatMap((reading) => reading.otherCores ?? [])
  if (loads.length === 0 || median(loads) <= otherCores) return []
  return [`other work kept ${significant(median(loads), 2)} cores busy while timing.`]
}
