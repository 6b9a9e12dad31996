import { CodedError } from '../errors.ts'

/**
 * Where a sweep prunes: the named groups of channels in network order, or so many of them, evenly spread from the first
 * to the last (all, where there are not so many). Throws `unknown-name`.
 */
export function chooseDepths(groups: readonly string[], wanted: number | readonly string[]): string[] {
  if (typeof wanted === 'number') {
    const count = Math.min(wanted, groups.length)
    const last = groups.length - 1
    return Array.from(
      { length: count },
      (_, index) => groups[count === 1 ? 0 : Math.round((index * last) / (count - 1))]!,
    )
  }
  for (const name of wanted) {
    if (!groups.includes(name)) {
      throw new CodedError(
        'unknown-name',
        `There is no group of channels "${name}" that can be pruned.`,
        `Groups of this network: ${groups.join(', ')}.`,
      )
    }
  }
  return groups.filter((name) => wanted.includes(name))
}
