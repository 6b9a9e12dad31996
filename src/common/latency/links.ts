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

const allowed = `Links: ${knownLinks.map(({ name }) => name).join(', ')}, or <rate in Mbit/s>[,<round-trip time in ms>] such as 2.5 or 2.5,20.`

const decimal = /^\d+(?:\.\d+)?$/

/**
 * A link from what a user types: a known name, or "<Mbit/s>[,<rtt ms>]". A custom link is named by its numbers, so
 * that "2.50" and "2.5" are the same link. Throws `unknown-name` for a word, `bad-usage` for numbers that are no link.
 */
export function parseLink(text: string): Link {
  const wanted = text.trim()
  const known = knownLinks.find(({ name }) => name === wanted.toLowerCase())
  if (known) return { ...known }
  const parts = wanted.split(',').map((part) => part.trim())
  if (!/^[\d.,+\-\s]+$/.test(wanted)) throw new CodedError('unknown-name', `Unknown link "${wanted}".`, allowed)
  if (parts.length > 2 || !parts.every((part) => decimal.test(part))) {
    throw new CodedError(
      'bad-usage',
      `The link "${wanted}" is not a rate in Mbit/s with an optional round-trip time in ms.`,
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
  return { name: rttMs === null ? `${rateMbps}` : `${rateMbps},${rttMs}`, rateMbps, rttMs }
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
export function describeLink({ name, rateMbps, rttMs }: Link): string {
  const title = titles[name]
  const rate = `${significant(rateMbps, 4)} Mbit/s`
  return [...(title ? [title] : []), rate, ...(rttMs === null ? [] : [`${significant(rttMs)} ms round trip`])].join(
    ', ',
  )
}
