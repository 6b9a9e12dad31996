/** A side as it is planned: what it takes in the device's memory, roughly. */
export interface Weighed {
  bytes: number
}

/** Share of a device's memory that sessions may take: the system and the agent need the rest. */
const memoryShare = 0.3
/** Where the device does not tell how much it has. */
const assumedMemory = 1024 ** 3
/** Of the model's file: its bytes while it is read, the weights, and the same weights packed for the kernels. */
const copiesOfModel = 3
const sessionBytes = 8 * 1024 ** 2
/** One request's limit (contract). */
const maxSides = 128

/** What one session with its check data takes on the device. */
export const weigh = (modelBytes: number, checkBytes: number): number =>
  copiesOfModel * modelBytes + 2 * checkBytes + sessionBytes

/**
 * Sides that are timed in turns, all of them held in memory at once: one group where they fit, else as few as it takes,
 * of like size, each in the order given. One that does not fit at all is tried alone.
 */
export function groupByMemory<T extends Weighed>(sides: readonly T[], memoryBytes: number | null): T[][] {
  const budget = memoryShare * (memoryBytes ?? assumedMemory)
  const total = sides.reduce((sum, { bytes }) => sum + bytes, 0)
  const wanted = Math.max(Math.ceil(total / budget), Math.ceil(sides.length / maxSides), 1)
  const target = Math.min(budget, total / wanted)
  const groups: T[][] = []
  let held = 0
  for (const side of sides) {
    const group = groups.at(-1)
    const full = !group || group.length >= maxSides || held + side.bytes > budget || held >= target
    if (full) {
      groups.push([side])
      held = side.bytes
    } else {
      group.push(side)
      held += side.bytes
    }
  }
  return groups
}
