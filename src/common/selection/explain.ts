import { formatCount } from '../units.ts'
import type { Infeasible } from './infeasible.ts'
import type { Placed, Placing } from './placed.ts'
import { describePlaced } from './placed.ts'
import type { Objective, QuantityName } from './quantities.ts'
import { quantities } from './quantities.ts'
import type { Term } from './query.ts'
import { describeTerm } from './query.ts'
import type { Exclusion, Selection } from './select.ts'
import { alike, unsure } from './select.ts'

/** Everything that a selection has to say, as sentences; the first one is the answer. */
export function explain(
  selection: Selection<Placed>,
  infeasible: Infeasible<Placed> | null,
  terms: readonly Term[],
  objective: Objective,
): string[] {
  const { chosen } = selection
  if (!chosen) return infeasible ? refusal(selection, infeasible) : ['There are no candidates.']
  return [
    `${describePlaced(chosen)}: ${[reasons(selection), gap(selection, objective)].filter((part) => part !== '').join('; ')}.`,
    ...doubts(selection, objective),
    ...unsure(chosen, terms).map(
      (term) =>
        `Its 95 % interval of ${quantities[term.quantity].title} (${interval(chosen, term.quantity)}) reaches past "${describeTerm(term)}".`,
    ),
  ]
}

/** "latency ≤ 40 ms excludes 11 of 18, accuracy ≥ 91 % excludes 4". Each limit counts what it rules out on its own. */
function reasons({ excluded, of, allowed }: Selection<Placed>): string {
  if (excluded.length === 0) return `all ${of} candidates are allowed`
  return excluded
    .map((one, index) => `${excludes(one)}${index === 0 ? ` of ${of}` : ''}`)
    .concat(allowed.length === 1 ? ['which leaves one'] : [])
    .join(', ')
}

const excludes = ({ term, text, count }: Exclusion): string =>
  term === null ? `"${text}" excludes ${count}` : `${text} excludes ${count}`

function gap({ chosen, next }: Selection<Placed>, objective: Objective): string {
  if (!chosen || !next) return ''
  const { better, formatDifference, title } = quantities[objective]
  const difference = Math.abs(next.values[objective]! - chosen.values[objective]!)
  const name = describePlaced(next)
  if (difference === 0) return `next best ${name}, with the same ${title}`
  return `next best ${better === 'low' ? '+' : '−'}${formatDifference(difference)} (${name})`
}

const mostNamed = 3

function doubts(selection: Selection<Placed>, objective: Objective): string[] {
  const same = alike(selection, objective)
  if (same.length === 0) return []
  const named = same.slice(0, mostNamed).map(describePlaced)
  const more = same.length - named.length
  const all = `${named.join('; ')}${more > 0 ? ` and ${more} more` : ''}`
  return [`The 95 % intervals of ${quantities[objective].title} overlap: it cannot be told apart from ${all}.`]
}

function interval({ intervals }: Placed, name: QuantityName): string {
  const { format } = quantities[name]
  const [low, high] = intervals[name]!
  return `${format(low)} to ${format(high)}`
}

function refusal({ of, excluded }: Selection<Placed>, { alone, nearest, loosen }: Infeasible<Placed>): string[] {
  const unknown = excluded.find(({ term, count }) => term === null && count === of)
  if (unknown) return [`No candidate can be chosen: "${unknown.text}" excludes all ${of}.`]
  const counted = excluded.map((one) => `${excludes(one)}`).join(', ')
  const why =
    alone.length > 0
      ? `${alone.map(describeTerm).join(' and ')} ${alone.length > 1 ? 'each exclude' : 'alone excludes'} all ${of}`
      : `each limit leaves some of the ${of}, all together none (${counted})`
  return [
    `No candidate fits: ${why}.`,
    ...(nearest
      ? [`Nearest miss: ${describePlaced(nearest.candidate)} (${nearest.broken.map(missed).join(', ')}).`]
      : []),
    ...(loosen.length > 0
      ? loosen.map(
          ({ term, to, gives }) =>
            `${to ? `With ${describeTerm(to)}` : `Without "${describeTerm(term)}"`}: ${describePlaced(gives)}.`,
        )
      : ['No change of one limit alone lets a candidate in.']),
  ]
}

function missed({ term, value }: { term: Term; value: number | null }): string {
  if (term.kind !== 'limit') return `breaks ${describeTerm(term)}`
  const { title, format } = quantities[term.quantity]
  return value === null
    ? `${title} not known`
    : `${title} ${format(value)} instead of ${describeTerm(term).slice(title.length + 1)}`
}

/** What was left out or assumed, for a reader who sees the choice alone. */
export function caveats({ emulated, comparison }: Placing): string[] {
  const n = comparison.dataset.validation
  return [
    `Accuracy and loss decide as ${n > 0 ? `the ${formatCount(n)} ` : ''}validation images give them; the test images decide nothing.`,
    ...(emulated > 0
      ? [`${emulated} candidates have times of an emulated device, which choose nothing unless that is asked for.`]
      : []),
  ]
}
