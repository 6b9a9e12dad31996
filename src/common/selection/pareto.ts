/** One thing that is wanted low or high. Null: not known. */
export interface Aim<T> {
  value(one: T): number | null
  better: 'low' | 'high'
}

/**
 * The candidates that no other one beats, i.e. is at least as good in all aims and better in one. In the given order;
 * equals stay together; those of which an aim is not known do not take part.
 *
 * In lexicographic order nothing is beaten by what comes after it, and what beats one that is beaten itself has a place
 * on the front: so each is compared with the front so far alone.
 */
export const paretoFront = <T>(candidates: readonly T[], aims: readonly Aim<T>[]): T[] => front(candidates, aims, false)

/** The same with the first of equals alone. */
export const firstsOfFront = <T>(candidates: readonly T[], aims: readonly Aim<T>[]): T[] =>
  front(candidates, aims, true)

function front<T>(candidates: readonly T[], aims: readonly Aim<T>[], firsts: boolean): T[] {
  const rows: { index: number; costs: number[] }[] = []
  for (const [index, one] of candidates.entries()) {
    const costs: number[] = []
    for (const { value, better } of aims) {
      const known = value(one)
      if (known === null) break
      costs.push(better === 'low' ? known : -known)
    }
    if (costs.length === aims.length) rows.push({ index, costs })
  }
  rows.sort((a, b) => lexicographic(a.costs, b.costs) || a.index - b.index)
  const kept: { index: number; costs: number[] }[] = []
  for (const row of rows) if (!kept.some(({ costs }) => beats(costs, row.costs, firsts))) kept.push(row)
  return kept.sort((a, b) => a.index - b.index).map(({ index }) => candidates[index]!)
}

function lexicographic(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return 0
}

/** `equal`: whether an equal one beats, too. */
function beats(a: readonly number[], b: readonly number[], equal: boolean): boolean {
  let strictly = equal
  for (let i = 0; i < a.length; i++) {
    if (a[i]! > b[i]!) return false
    if (a[i]! < b[i]!) strictly = true
  }
  return strictly
}
