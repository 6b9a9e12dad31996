import { headline } from '../charts/bestCuts.ts'
import type { Candidate, Comparison, Verdict } from '../contract/result.ts'
import { denseTwin } from '../lookup/speedUps.ts'
import { describeVersus, versusApart, versusInTurns } from './versus.ts'

/** Medians of the rounds in which candidates took turns, in ms per image, and which of them did so with each other. */
export interface Rounds {
  device: readonly number[]
  server: readonly number[]
  /** Of the head's model alone, without byte encoding. */
  head?: readonly number[]
  group: string
}

/**
 * Every candidate's end-to-end latency on the chosen link against the fastest one within the accuracy bound, and against
 * the pinned baseline (`baseline`: its id). The link's share is the same in every round. Null where a candidate was not
 * timed in rounds, and for what would be compared with itself.
 */
export function withVerdicts(
  comparison: Comparison,
  rounds: ReadonlyMap<string, Rounds>,
  baseline: string | null,
): Comparison {
  const best = headline(comparison, comparison.link.name).best?.candidate?.id ?? null
  const factor = comparison.gamma ?? 1
  const latencies = (candidate: Candidate): number[] | null => {
    const own = rounds.get(candidate.id)
    if (!own) return null
    const count = Math.min(own.device.length, own.server.length)
    return Array.from(
      { length: count },
      (_, round) => own.device[round]! * factor + candidate.transmissionMs + own.server[round]!,
    )
  }
  const byId = new Map(comparison.candidates.map((candidate) => [candidate.id, candidate]))
  const against = (candidate: Candidate, reference: string | null): Verdict | null => {
    if (reference === null || reference === candidate.id) return null
    const [own, other] = [latencies(candidate), latencies(byId.get(reference)!)]
    if (!own || !other) return null
    const inTurns = rounds.get(candidate.id)!.group === rounds.get(reference)!.group
    return { reference, ...(inTurns ? versusInTurns : versusApart)(own, other) }
  }
  return {
    ...comparison,
    candidates: comparison.candidates.map((candidate) => ({
      ...candidate,
      verdicts: {
        best: against(candidate, best),
        baseline: against(candidate, baseline),
        ...(candidate.lookup || candidate.int8 ? { dense: againstDense(comparison, rounds, candidate) } : {}),
      },
    })),
  }
}

/** The device's time of a head that looks up or computes in int8 against that of the same head as ordinary layers. */
function againstDense(
  { candidates }: Comparison,
  rounds: ReadonlyMap<string, Rounds>,
  candidate: Candidate,
): Verdict | null {
  const dense = denseTwin(candidates, candidate)
  const [own, other] = [rounds.get(candidate.id), dense && rounds.get(dense.id)]
  if (!dense || !own || !other) return null
  const versus = own.group === other.group ? versusInTurns : versusApart
  return { reference: dense.id, ...versus(own.device, other.device) }
}

/** What is said of two candidates where one of them has a stored verdict about the other; else undefined. */
export function verdictBetween(a: Candidate, b: Candidate): string | undefined {
  const own = [a.verdicts?.best, a.verdicts?.baseline].find((one) => one?.reference === b.id)
  if (own) return describeVersus(own)
  const other = [b.verdicts?.best, b.verdicts?.baseline].find((one) => one?.reference === a.id)
  if (!other) return undefined
  const { ratio, ci95, faster, paired } = other
  const turned = faster === null ? null : faster === 'this' ? ('reference' as const) : ('this' as const)
  return describeVersus({ ratio: 1 / ratio, ci95: [1 / ci95[1], 1 / ci95[0]], faster: turned, paired })
}
