import type { Comparison, Time } from '#common/contract/result.ts'
import { fixtureComparison } from '../../test/fixtures/comparison.ts'

/**
 * A comparison of `count` candidates: the fixture's, again and again under further names of frameworks, each a little
 * slower and less accurate than the one before.
 */
export function manyCandidates(count: number): Comparison {
  const one = fixtureComparison()
  const copies = Math.ceil(count / one.candidates.length)
  const candidates = Array.from({ length: copies }, (_, copy) =>
    one.candidates.map((candidate) => ({
      ...candidate,
      deviceMs: scaled(candidate.deviceMs, 1 + copy / 50),
      serverMs: scaled(candidate.serverMs, 1 + copy / 80),
      validationAccuracy: candidate.validationAccuracy - copy / 1000,
      id: `${copy}-${candidate.id}`,
      framework: copy === 0 ? candidate.framework : `${candidate.framework}-${copy + 1}`,
    })),
  ).flat()
  return { ...one, run: { ...one.run, id: `bench-${count}` }, candidates: candidates.slice(0, count) }
}

const scaled = (time: Time | null, factor: number): Time | null =>
  time && { ...time, median: time.median * factor, ci95: [time.ci95[0] * factor, time.ci95[1] * factor] }
