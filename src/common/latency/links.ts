import type { Link } from '../contract/config.ts'
import { CodedError } from '../errors.ts'
import { significant } from '../units.ts'

/**
 * Mean uplinks of the field (frameworks.md §4.1: OpenSignal "State of Mobile Networks: USA", Speedtest "US market
 * report", as used by JointDNN, BottleNet and Shi et al.), and 1 Mbit/s (SAFBMP). Without a round-trip time, as in the papers.
 */
export const knownLinks: readonly Link[] = [
  { name: '3g', rateMbps: 1.1, rttMs: null },
  { name: '4g', rateMbps: 5.85, rttMs: null },
  { name: 'wifi', rateMbps: 18.88, rttMs: null },
  { name: '1mbps', rateMbps: 1, rttMs: null },
]

const allowedWith = (stored: readonly Link[]): string =>
  `Links: ${[...knownLinks, ...stored].map(({ name }) => name).join(', ')}, or <rate in Mbit/s>[,<round-trip time in ms>[,<loss>%]] such as 2.5, 2.5,20 or 2.5,20,1%.`

const decimal = /^\d+(?:\.\d+)?$/

/**
 * A link from what a user types: a known name, the name of a `stored` one, or "<Mbit/s>[,<rtt ms>[,<loss>%]]". A custom
 * link is named by its numbers, so that "2.50" and "2.5" are the same link. Throws `unknown-name` for a word,
 * `bad-usage` for numbers that are no link.
 */
export function parseLink(text: string, stored: readonly Link[] = []): Link {
  const allowed = allowedWith(stored)
  const wanted = text.trim()
  const known = knownLinks.find(({ name }) => name === wanted.toLowerCase())
  if (known) return { ...known }
  const own = stored.find(({ name }) => name === wanted)
  if (own) return { name: own.name, rateMbps: own.rateMbps, rttMs: own.rttMs }
  const parts = wanted.split(',').map((part) => part.trim())
  if (!/^[\d.,+\-\s%]+$/.test(wanted)) throw new CodedError('unknown-name', `Unknown link "${wanted}".`, allowed)
  const loss = parts.length === 3 ? lossOf(parts.pop()!) : undefined
  if (parts.length > 2 || loss === null || !parts.every((part) => decimal.test(part))) {
    throw new CodedError(
      'bad-usage',
      `The link "${wanted}" is not a rate in Mbit/s with an optional round-trip time in ms and a loss of 0 to 50 %.`,
      allowed,
    )
  }
  const rateMbps = Number(parts[0])
  const rttMs = parts[1] === undefined ? null : Number(parts[1])
  if (rateMbps === 0 || !Number.isFinite(rateMbps) || (rttMs !== null && !Number.isFinite(rttMs))) {
    throw new CodedError(
      'bad-usage',
      `The link "${wanted}" has no usable rate: it must be more than 0 Mbit/s.`,
      allowed,
    )
  }
  const name = rttMs === null ? `${rateMbps}` : `${rateMbps},${rttMs}`
  return loss ? { name: `${name},${loss * 100}%`, rateMbps, rttMs, loss } : { name, rateMbps, rttMs }
}

/** "1%" as a fraction; null where it is none. */
function lossOf(text: string): number | null {
  const number = text.endsWith('%') ? text.slice(0, -1).trim() : ''
  const loss = decimal.test(number) ? Number(number) / 100 : Number.NaN
  return loss <= 0.5 ? loss : null
}

/** The known links and, where it is none of them, the chosen one: the links of every comparison, in the order of reports. */
export function comparedLinks(chosen: Link): Link[] {
  return [...knownLinks.filter(({ name }) => name !== chosen.name), chosen].sort(
    (a, b) => reportOrder(a.name) - reportOrder(b.name),
  )
}

const reportOrder = (name: string): number => {
  const at = knownLinks.findIndex((link) => link.name === name)
  return at < 0 ? knownLinks.length : at
}

const titles: Record<string, string> = { '3g': '3G', '4g': '4G', wifi: 'WiFi' }

/** "WiFi, 18.88 Mbit/s"; "2.5 Mbit/s, 20 ms round trip". */
export function describeLink({ name, rateMbps, rttMs, loss }: Link): string {
  const title = titles[name]
  const rate = `${significant(rateMbps, 4)} Mbit/s`
  const trip = rttMs === null ? [] : [`${significant(rttMs)} ms round trip`]
  return [...(title ? [title] : []), rate, ...trip, ...(loss ? [`${significant(loss * 100)} % loss`] : [])].join(', ')
}
