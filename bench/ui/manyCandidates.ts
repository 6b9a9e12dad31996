import type { Comparison } from '#common/contract/result.ts'
import { fixtureComparison } from '../../test/fixtures/comparison.ts'

/** A comparison of `count` candidates: the fixture's, again and again under further names of frameworks. */
export function manyCandidates(count: number): Comparison {
  const one = fixtureComparison()
  const copies = Math.ceil(count / one.candidates.length)
  const candidates = Array.from({ length: copies }, (_, copy) =>
    one.candidates.map((candidate) => ({
      ...candidate,
      id: `${copy}-${candidate.id}`,
      framework: copy === 0 ? candidate.framework : `${candidate.framework}-${copy + 1}`,
    })),
  ).flat()
  return { ...one, run: { ...one.run, id: `bench-${count}` }, candidates: candidates.slice(0, count) }
}
