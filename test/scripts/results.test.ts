import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { root } from '../../scripts/setup/paths.mjs'
import { suitesOf } from '../../scripts/test/results.mjs'
import { formatSummary } from '../../scripts/test/summary.mjs'
import { skipMark } from '../support/requires.ts'

let folder: string
let report: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'splitbench-results-'))
  report = join(folder, 'vitest.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (files: object[]) => writeFileSync(report, JSON.stringify({ testResults: files }))
const file = (path: string, assertionResults: object[], over = {}) => ({
  name: join(root, path),
  status: 'passed',
  message: '',
  assertionResults,
  ...over,
})

describe('the table of npm test', () => {
  it('counts per folder and lists skips by reason, the totals last', () => {
    write([
      file('test/common/wire/bits.test.ts', [{ fullName: 'bits pack', status: 'passed', duration: 1500 }]),
      file('test/main/trainer/onnx/a.test.ts', [
        { fullName: `export ${skipMark('no Python')} loads`, status: 'skipped' },
        { fullName: 'export fails', status: 'failed' },
      ]),
    ])
    const text = formatSummary(suitesOf(report, 1))
    expect(text).toMatch(/^common\/wire +1 +0 +0 +1\.5$/m)
    expect(text).toMatch(/^main\/trainer +0 +1 +1 +0\.0$/m)
    expect(text).toContain('  no Python\n    - main/trainer: export  loads')
    expect(text).toContain('failed:\n  main/trainer: export fails')
    expect(text.split('\n').at(-1)).toBe('1 passed, 1 failed, 1 skipped')
  })

  it('counts a file that did not load as one failure', () => {
    write([file('test/agent/a.test.ts', [], { status: 'failed', message: 'Cannot find module\n at x' })])
    expect(suitesOf(report, 1)).toMatchObject([
      { name: 'agent', failed: 1, failures: ['test/agent/a.test.ts: Cannot find module'] },
    ])
  })

  it('never calls a run of vitest that failed a success', () => {
    write([file('test/agent/a.test.ts', [{ fullName: 'a', status: 'passed' }])])
    expect(formatSummary(suitesOf(report, 1))).toMatch(/1 passed, 1 failed, 0 skipped$/)
    expect(formatSummary(suitesOf(join(folder, 'nothing.json'), 139))).toMatch(/0 passed, 1 failed, 0 skipped$/)
  })
})
