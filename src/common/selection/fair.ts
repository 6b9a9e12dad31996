import type { Link } from '../contract/config.ts'
import type { Comparison } from '../contract/result.ts'
import type { Assumptions } from '../latency/assumptions.ts'
import { gammaPossible } from '../latency/assumptions.ts'
import { parseLink } from '../latency/links.ts'
import { decide } from './decide.ts'
import type { Placed } from './placed.ts'
import { placing } from './placed.ts'

/** Our own entry; every other framework is published, or sends the image. */
export const ownEntry = 'auto'

/** One framework's best under the bound: its fastest cut, width and bits, chosen on validation images. */
export interface FairRow {
  framework: string
  /** Null: nothing of it stays inside the bound. */
  best: Placed | null
  candidates: number
  /** Image-epochs of training that all of them took; null in runs of before it was counted. */
  trainingBudget: number | null
  /** Its latency over that of the fastest of the others but `auto`. */
  ratio: number | null
}

export interface FairField {
  title: string
  rows: FairRow[]
  /** The fastest that is not ours. */
  reference: Placed | null
  /**
   * Ours against it; null where either is missing. `chosen`: our fastest that loses no more than it on validation images, or
   * where there is none our fastest; `extraLoss`: of accuracy on test images, as a fraction.
   */
  own: { chosen: Placed; ratio: number; extraLoss: number } | null
}

/** Rates at which entries are judged: 1 and 5.85 Mbit/s. */
const judgedLinks: readonly string[] = ['1mbps', '4g']
/** Of the Raspberry Pi that is modelled where the times are this computer's. */
const judgedGamma = 10

/**
 * Every framework with its best candidate under one accuracy bound, over the judged links, on the device as it was timed and,
 * where that is this computer, on one ten times slower. Accuracy on test images is told, and decides nothing.
 */
export function fairFields(comparison: Comparison, maxLoss: number = comparison.maxLoss): FairField[] {
  const machines: { name: string; gamma: number | null }[] = [
    { name: comparison.device.name, gamma: comparison.gamma },
    ...(gammaPossible(comparison) && comparison.gamma !== judgedGamma
      ? [{ name: 'modelled device', gamma: judgedGamma }]
      : []),
  ]
  return machines.flatMap(({ name, gamma }) =>
    judgedLinks.map((link) => {
      const over = parseLink(link)
      const title = `${over.rateMbps} Mbit/s, ${name}${gamma === null ? '' : `, γ ${gamma}`}`
      return fieldOf(comparison, title, over, gamma, maxLoss)
    }),
  )
}

function fieldOf(
  comparison: Comparison,
  title: string,
  link: Link,
  gamma: Assumptions['gamma'],
  maxLoss: number,
): FairField {
  const base = placing(comparison)
  const assumptions = { link: { rateMbps: link.rateMbps, rttMs: link.rttMs }, gamma, serverLoad: 1 }
  const bestOf = (framework: string, bound = maxLoss): Placed | null =>
    decide(base, {
      terms: [
        { kind: 'limit', quantity: 'loss', op: '<=', value: bound },
        { kind: 'framework', op: '=', names: [framework] },
      ],
      objective: 'latency',
      assumptions,
    }).selection.chosen
  const frameworks = [
    ...new Set([
      ...comparison.candidates.map(({ framework }) => framework),
      ...comparison.missing.map(({ framework }) => framework),
    ]),
  ]
  const found = frameworks.map((framework) => {
    const own = comparison.candidates.filter((one) => one.framework === framework)
    const [first] = own
    return {
      ...{ framework, best: bestOf(framework), candidates: own.length },
      trainingBudget: first?.trainingBudget ?? null,
    }
  })
  const latency = (one: Placed | null): number => one?.values.latency ?? Number.POSITIVE_INFINITY
  const reference = found
    .filter(({ framework, best }) => framework !== ownEntry && best)
    .reduce<Placed | null>((least, { best }) => (latency(best) < latency(least) ? best : least), null)
  const fastest = found.find(({ framework }) => framework === ownEntry)?.best ?? null
  const ours = (reference && fastest && bestOf(ownEntry, reference.values.loss!)) ?? fastest
  const rows = found
    .map((row): FairRow => ({ ...row, ratio: row.best && reference ? latency(row.best) / latency(reference) : null }))
    .sort((a, b) => latency(a.best) - latency(b.best))
  return {
    ...{ title, rows, reference },
    own:
      ours && reference
        ? {
            chosen: ours,
            ratio: latency(ours) / latency(reference),
            extraLoss: ours.candidate.accuracyLoss - reference.candidate.accuracyLoss,
          }
        : null,
  }
}
