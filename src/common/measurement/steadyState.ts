/** The last `count` block medians, and how far apart they may be, relative to the smallest. */
export const steadyRule = { count: 3, tolerance: 0.05 } as const

/**
 * Whether a warm-up has ended: the medians of the last three blocks agree within 5 %. A rule on spread over a window, as
 * in Georges, Buytaert & Eeckhout, "Statistically rigorous Java performance evaluation", OOPSLA 2007, §4, with medians
 * so that one disturbed run does not prolong it.
 */
export function isSteady(
  blockMedians: readonly number[],
  rule: { count: number; tolerance: number } = steadyRule,
): boolean {
  const last = blockMedians.slice(-rule.count)
  if (last.length < rule.count) return false
  const low = Math.min(...last)
  return Math.max(...last) - low <= rule.tolerance * low
}
