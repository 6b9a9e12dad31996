import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Comparison } from '#common/contract/result.ts'
import { fixtureComparison } from '../../../fixtures/comparison.ts'

const comparison = fixtureComparison({ points: ['pool1'] })
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'splitbench-runs-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function store(id: string, change: Partial<Comparison> = {}): void {
  mkdirSync(join(folder, id), { recursive: true })
  const { command, configHash, startedAt } = comparison.run
  const record = {
    protocol: 1,
    id,
    verb: 'compare',
    configHash,
    command,
    startedAt,
    workedS: 1,
    resumed: 0,
    config: {},
  }
  writeFileSync(join(folder, id, 'run.json'), JSON.stringify(record))
  writeFileSync(join(folder, id, 'comparison.json'), JSON.stringify({ ...comparison, ...change }))
}

/** The list as a process sees it that has just started. */
async function listAnew() {
  vi.resetModules()
  const { listRuns } = await import('../../../../src/main/workbench/desktop/runs.ts')
  return listRuns(folder)
}

it('a later process believes what an earlier one has read, as long as the files are the same', async () => {
  store('one')
  store('two')
  const first = await listAnew()
  expect(first.map(({ id }) => id).sort()).toEqual(['one', 'two'])
  const file = join(folder, '.summaries.json')
  // Told apart by what only the kept summary says.
  const kept = JSON.parse(readFileSync(file, 'utf8'))
  kept.runs.one.summary.dataset = 'as kept'
  writeFileSync(file, JSON.stringify(kept))
  const again = await listAnew()
  expect(again.find(({ id }) => id === 'one')!.dataset).toBe('as kept')
  expect(again.find(({ id }) => id === 'two')!.dataset).toBe(comparison.dataset.name)
  utimesSync(join(folder, 'one', 'comparison.json'), 1, 1)
  expect((await listAnew()).find(({ id }) => id === 'one')!.dataset).toBe(comparison.dataset.name)
})

it('forgets runs that are gone, keeps no problems, and reads all anew where its file is damaged', async () => {
  store('one')
  store('bad', { protocol: 2 as never })
  expect((await listAnew()).find(({ id }) => id === 'bad')!.problem).toMatch(/not a comparison of this version/)
  const names = () => Object.keys(JSON.parse(readFileSync(join(folder, '.summaries.json'), 'utf8')).runs)
  expect(names()).toEqual(['one'])
  writeFileSync(join(folder, '.summaries.json'), '{"protocol":1,"runs":{"one":')
  expect((await listAnew()).map(({ id }) => id).sort()).toEqual(['bad', 'one'])
  rmSync(join(folder, 'one'), { recursive: true })
  expect((await listAnew()).map(({ id }) => id)).toEqual(['bad'])
  expect(names()).toEqual([])
  expect(readdirSync(folder).sort()).toEqual(['.summaries.json', 'bad'])
})
