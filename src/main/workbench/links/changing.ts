import type { Link } from '#common/contract/config.ts'
import { CodedError } from '#common/errors.ts'
import { parseLink } from '#common/latency/links.ts'

/**
 * A paced link that changes on its way: "wifi" at first, then "1mbps@10" from 10 s on. Returns what it is after so many
 * seconds; without a first link it is the real one, which nobody changes. Throws what `parseLink` throws, and `bad-usage`.
 */
export function changingLink(
  first: string | undefined,
  changes: readonly string[],
  stored: readonly Link[],
): (seconds: number) => Link | null {
  if (first === undefined) {
    if (changes.length === 0) return () => null
    throw new CodedError(
      'bad-usage',
      '--change needs --link: the real link is what it is.',
      'Name the first link, e.g. --link wifi.',
    )
  }
  const steps = [{ from: 0, link: parseLink(first, stored) }, ...changes.map((text) => step(text, stored))]
  steps.sort((a, b) => a.from - b.from)
  return (seconds) => steps.findLast(({ from }) => from <= seconds)!.link
}

function step(text: string, stored: readonly Link[]): { from: number; link: Link } {
  const [, link = '', from = ''] = /^(.+)@(\d+(?:\.\d+)?)s?$/.exec(text.trim()) ?? []
  if (link === '') {
    throw new CodedError('bad-usage', `"${text}" is not <link>@<seconds>.`, 'Write e.g. --change 1mbps@10.')
  }
  return { from: Number(from), link: parseLink(link, stored) }
}
