import type { Range } from './frame.ts'

/** Sorted, without overlap, touching ones joined: `ranges` (already so) with one more. */
export function withRange(ranges: readonly Range[], { start, end }: Range): Range[] {
  const before = ranges.filter((range) => range.end < start)
  const after = ranges.filter((range) => range.start > end)
  const touching = ranges.slice(before.length, ranges.length - after.length)
  const joined = {
    start: Math.min(start, touching[0]?.start ?? start),
    end: Math.max(end, touching.at(-1)?.end ?? end),
  }
  return [...before, joined, ...after]
}

/** `ranges` without what lies in `hole`. */
export function withoutRange(ranges: readonly Range[], hole: Range): Range[] {
  return ranges.flatMap(({ start, end }) => [
    ...(start < hole.start ? [{ start, end: Math.min(end, hole.start) }] : []),
    ...(end > hole.end ? [{ start: Math.max(start, hole.end), end }] : []),
  ])
}

/** Whether [start, end) lies in one of them. */
export const covers = (ranges: readonly Range[], { start, end }: Range): boolean =>
  ranges.some((range) => range.start <= start && end <= range.end)
