import type { Random } from '#common/random.ts'

export interface BalancedPick {
  /** Positions in `labels`, ascending. */
  picked: Int32Array
  /** Whether every class got its equal share; otherwise some class had too few records. */
  balanced: boolean
}

/**
 * Picks `count` positions so that the classes are as even as the labels allow: nobody gets a second record beyond its
 * share while another class that still has records has fewer. Which records, and which classes get the remainder, is
 * drawn from `rng`. Needs `count` ≤ `labels.length`.
 */
export function pickBalanced(labels: ArrayLike<number>, classes: number, count: number, rng: Random): BalancedPick {
  const members: number[][] = Array.from({ length: classes }, () => [])
  for (let position = 0; position < labels.length; position++) members[labels[position]].push(position)
  for (const positions of members) rng.shuffle(positions)
  const order = rng.shuffle(Array.from({ length: classes }, (_, index) => index))
  const picked: number[] = []
  // Round by round: one record of every class that still has one.
  for (let round = 0; picked.length < count; round++) {
    for (const label of order) {
      if (round < members[label].length && picked.length < count) picked.push(members[label][round])
    }
  }
  const share = Math.floor(count / classes)
  const balanced = members.every((positions) => positions.length >= share)
  return { picked: Int32Array.from(picked).sort(), balanced }
}
