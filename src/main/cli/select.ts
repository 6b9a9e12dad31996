import { relative } from 'node:path'
import type { Command } from 'commander'
import { CodedError } from '#common/errors.ts'
import { gammaPossible, ownAssumptions } from '#common/latency/assumptions.ts'
import { parseLink } from '#common/latency/links.ts'
import { choiceByRate, logRates, spans } from '#common/selection/byRate.ts'
import type { Decision } from '#common/selection/decide.ts'
import { decide } from '#common/selection/decide.ts'
import { caveats } from '#common/selection/explain.ts'
import type { Placed } from '#common/selection/placed.ts'
import { placing } from '#common/selection/placed.ts'
import type { QuantityName } from '#common/selection/quantities.ts'
import { objectiveNames, parseObjective, quantities, quantityNamed } from '#common/selection/quantities.ts'
import type { Term } from '#common/selection/query.ts'
import { describeTerm, formatQuery, formatTerm, parseQuery } from '#common/selection/query.ts'
import { alike, frontOf } from '#common/selection/select.ts'
import { listLinks } from '../workbench/links/store.ts'
import type { SelectionReport } from '../workbench/reports/selectionTable.ts'
import { renderSelection } from '../workbench/reports/selectionTable.ts'
import { readComparison } from '../workbench/store/storedComparison.ts'
import { printJson } from './command.ts'
import { positive } from './options.ts'

interface Options {
  where?: string
  objective: string
  link?: string
  gamma?: number
  serverLoad: number
  allowEmulated?: boolean
  pareto: string
  json?: boolean
}

/** Rates that "by rate" looks at, in Mbit/s: those of the window's slider. */
const rates = logRates(0.1, 1000, 241)

export function addSelect(program: Command): void {
  program
    .command('select')
    .description('Pick one candidate of a finished comparison by limits, and say why; nothing is trained or measured.')
    .argument('<run>', 'folder of a finished run, or its comparison.json')
    .option(
      '--where <query>',
      'limits: latency, accuracy, loss, macs, head, payload, energy, cut, framework; e.g. "latency<=40ms, accuracy>=91%, cut!=input" (default: the accuracy bound of the comparison)',
    )
    .option('--objective <name>', `what is to be best: ${objectiveNames.join(', ')}`, 'latency')
    .option('--link <link>', '3g, 4g, wifi, 1mbps, <Mbit/s>[,<rtt ms>] or a stored link (default: that of the run)')
    .option('--gamma <n>', 'assume a device that is n times slower than the server', positive)
    .option(
      '--server-load <n>',
      'assume that the server takes n times as long as it did when it was timed',
      positive,
      1,
    )
    .option('--allow-emulated', 'let times of an emulated device select')
    .option('--pareto <names>', 'two or three quantities for the Pareto front', 'latency,accuracy,macs')
    .option('--json', 'print one JSON document on stdout')
    .action(run)
}

function run(folder: string, options: Options): void {
  const { comparison } = readComparison(folder)
  const base = placing(comparison, options.allowEmulated ?? false)
  const objective = parseObjective(options.objective)
  const front = paretoOf(options.pareto)
  const own = ownAssumptions(comparison)
  if (options.gamma !== undefined && !gammaPossible(comparison)) {
    throw new CodedError(
      'bad-usage',
      `--gamma models a device from times of the server's machine, and the heads of this run were timed on ${comparison.device.name}.`,
      'Leave it out, or name a run whose device is this computer.',
    )
  }
  const terms: readonly Term[] =
    options.where === undefined
      ? [{ kind: 'limit', quantity: 'loss', op: '<=', value: comparison.maxLoss }]
      : parseQuery(options.where, base.known)
  const link = options.link === undefined ? comparison.link : parseLink(options.link, listLinks())
  const assumptions = {
    link: { rateMbps: link.rateMbps, rttMs: link.rttMs },
    gamma: options.gamma ?? own.gamma,
    serverLoad: options.serverLoad,
  }
  const decision = decide(base, { terms, objective, assumptions, radio: link.name })
  const report: SelectionReport = {
    comparison,
    ...{ link, assumptions, objective, decision },
    terms,
    front: { objectives: front, candidates: frontOf(decision.selection.allowed, front) },
    spans: spans(choiceByRate(decision.placed, terms, objective, rates, link.name)),
    caveats: caveats(base),
  }
  if (options.json) printJson(documentOf(report))
  else if (decision.selection.chosen) process.stdout.write(`${renderSelection(report)}\n`)
  if (decision.selection.chosen) return
  const [what = 'Nothing fits.', ...more] = decision.explanation
  throw new CodedError('nothing-fits', what, more.join('\n    ') || undefined, {
    run: relative(process.cwd(), folder),
  })
}

function paretoOf(text: string): QuantityName[] {
  const names = text.split(',').map((part) => quantityNamed(part))
  const known = names.filter((name) => name !== undefined)
  if (known.length === names.length && new Set(known).size === known.length && [2, 3].includes(known.length))
    return known
  throw new CodedError(
    'bad-usage',
    `"${text}" does not name two or three quantities.`,
    `Quantities: ${Object.keys(quantities).join(', ')}.`,
  )
}

/** For programs: times in ms, accuracies as fractions, sizes in bytes, energies in mJ. */
function documentOf({
  comparison,
  link,
  assumptions,
  terms,
  objective,
  decision,
  front,
  spans,
  caveats,
}: SelectionReport) {
  const { selection, infeasible, explanation } = decision
  return {
    protocol: 1,
    run: comparison.run.id,
    where: formatQuery(terms),
    objective,
    link,
    gamma: assumptions.gamma,
    serverLoad: assumptions.serverLoad,
    of: selection.of,
    allowed: selection.allowed.length,
    chosen: selection.chosen && brief(selection.chosen),
    next: selection.next && brief(selection.next),
    notToldApart: alike(selection, objective).map(({ candidate }) => candidate.id),
    excluded: selection.excluded.map(({ term, text, count }) => ({ limit: term ? formatTerm(term) : text, count })),
    infeasible: infeasible && whyNotOf(infeasible),
    explanation: [...explanation, ...caveats],
    front: { objectives: front.objectives, candidates: front.candidates.map(brief) },
    byRate: spans.map(({ fromMbps, toMbps, chosen }) => ({ fromMbps, toMbps, chosen: chosen?.candidate.id ?? null })),
  }
}

const whyNotOf = ({ alone, nearest, loosen }: NonNullable<Decision['infeasible']>) => ({
  excludesAllAlone: alone.map(formatTerm),
  nearest: nearest && {
    id: nearest.candidate.candidate.id,
    broken: nearest.broken.map(({ term, value }) => ({ limit: formatTerm(term), value })),
  },
  loosen: loosen.map(({ term, to, gives }) => ({
    limit: formatTerm(term),
    to: to && formatTerm(to),
    gives: gives.candidate.id,
    inWords: to ? describeTerm(to) : null,
  })),
})

const brief = ({ candidate, values, endToEnd }: Placed) => ({
  id: candidate.id,
  framework: candidate.framework,
  step: candidate.step,
  partitionPoint: candidate.partitionPoint,
  codec: candidate.codec,
  endToEnd: endToEnd && { composedMs: endToEnd.composedMs, ci95: endToEnd.ci95, parts: endToEnd.parts },
  accuracy: candidate.accuracy,
  validationAccuracy: candidate.validationAccuracy,
  validationLoss: values.loss,
  headMacs: candidate.headMacs,
  headParameters: candidate.headParameters,
  payloadBytes: candidate.payloadBytes,
  energyMj: values.energy,
  head: candidate.files.head,
})
