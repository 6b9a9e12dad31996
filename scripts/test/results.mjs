// vitest's JSON report as suites: one per folder of test/, with the reasons of what was skipped.
import { readFileSync } from 'node:fs'
import { relative, sep } from 'node:path'
import { root } from '../setup/paths.mjs'

/**
 * @typedef {object} Suite
 * @property {string} name
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {number} seconds
 * @property {Array<{ test: string, reason: string }>} skips
 * @property {string[]} failures names of the failed tests
 *
 * @typedef {{ fullName: string, status: string, duration?: number, failureMessages?: string[] }} Assertion
 * @typedef {{ name: string, status: string, message: string, assertionResults: Assertion[] }} File
 */

/** How test/support/requires.ts marks a skipped test. */
const reasonMark = /\[skipped: (.*?)\]/

/**
 * @param {string} path of the JSON report
 * @param {number} exitCode of vitest
 * @returns {Suite[]}
 */
export function suitesOf(path, exitCode) {
  /** @type {File[]} */
  let files
  try {
    files = JSON.parse(readFileSync(path, 'utf8')).testResults
  } catch {
    return exitCode === 0
      ? []
      : [{ ...emptySuite('vitest'), failed: 1, failures: [`it ended with code ${exitCode} and no report`] }]
  }
  /** @type {Map<string, Suite>} */
  const suites = new Map()
  for (const file of files) {
    const name = suiteName(file.name)
    const suite = suites.get(name) ?? emptySuite(name)
    suites.set(name, suite)
    addFile(suite, file)
  }
  const all = [...suites.values()].sort((a, b) => a.name.localeCompare(b.name))
  if (exitCode !== 0 && all.every(({ failed }) => failed === 0)) {
    all.push({ ...emptySuite('vitest'), failed: 1, failures: ['an error outside any test (see above)'] })
  }
  return all
}

/** @param {string} name @returns {Suite} */
const emptySuite = (name) => ({ name, passed: 0, failed: 0, skipped: 0, seconds: 0, skips: [], failures: [] })

/** `test/common/wire/bits.test.ts` belongs to `common/wire`, `test/main/trainer/onnx/x.test.ts` to `main/trainer`. */
function suiteName(/** @type {string} */ file) {
  return relative(root, file).split(sep).slice(1, -1).slice(0, 2).join('/') || 'test'
}

/**
 * @param {Suite} suite
 * @param {File} file
 */
function addFile(suite, file) {
  for (const { fullName, status, duration, failureMessages } of file.assertionResults) {
    suite.seconds += (duration ?? 0) / 1000
    if (status === 'passed') {
      suite.passed++
    } else if (status === 'failed') {
      suite.failed++
      suite.failures.push([fullName, failureMessages?.[0]?.split('\n')[0]].filter(Boolean).join(': '))
    } else {
      suite.skipped++
      const reason = reasonMark.exec(fullName)?.[1] ?? 'no reason given'
      suite.skips.push({ test: fullName.replace(reasonMark, '').trim(), reason })
    }
  }
  // A file that fails before its first test is one failure.
  if (file.status === 'failed' && file.assertionResults.every(({ status }) => status !== 'failed')) {
    suite.failed++
    suite.failures.push(`${relative(root, file.name)}: ${file.message.split('\n')[0]}`)
  }
}
