// The one table at the end of `npm test`.

/** @typedef {import('./results.mjs').Suite} Suite */

/**
 * @param {Suite[]} suites
 * @returns {string} table, failures, skips with reasons; the last line is `N passed, N failed, N skipped`
 */
export function formatSummary(suites) {
  const width = Math.max(5, ...suites.map(({ name }) => name.length))
  const cell = (/** @type {string | number} */ value) => String(value).padStart(8)
  const rows = suites.map(({ name, passed, failed, skipped, seconds }) =>
    [name.padEnd(width), cell(passed), cell(failed), cell(skipped), cell(seconds.toFixed(1))].join(' '),
  )
  const failures = suites.flatMap(({ name, failures }) => failures.map((failure) => `  ${name}: ${failure}`))
  const total = (/** @type {'passed' | 'failed' | 'skipped'} */ key) =>
    suites.reduce((sum, suite) => sum + suite[key], 0)
  return [
    ['suite'.padEnd(width), cell('passed'), cell('failed'), cell('skipped'), cell('seconds')].join(' '),
    ...rows,
    ...(failures.length > 0 ? ['', 'failed:', ...failures] : []),
    ...skipLines(suites),
    '',
    `${total('passed')} passed, ${total('failed')} failed, ${total('skipped')} skipped`,
  ].join('\n')
}

/** @param {Suite[]} suites */
function skipLines(suites) {
  /** @type {Map<string, string[]>} */
  const byReason = new Map()
  for (const { name, skips } of suites) {
    for (const { test, reason } of skips) byReason.set(reason, [...(byReason.get(reason) ?? []), `${name}: ${test}`])
  }
  if (byReason.size === 0) return []
  const lines = [...byReason].flatMap(([reason, tests]) => [`  ${reason}`, ...tests.map((test) => `    - ${test}`)])
  return ['', 'skipped:', ...lines]
}
