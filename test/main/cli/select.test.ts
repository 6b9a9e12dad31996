import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { fixtureComparison } from '../../fixtures/comparison.ts'
import { runCli } from '../../support/cli.ts'
import { writeFinishedRun } from '../../support/finishedRun.ts'

const comparison = fixtureComparison()
let cwd: string
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'splitbench-select-'))
  await writeFinishedRun(join(cwd, 'run'), comparison)
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))
const select = (...args: string[]) => runCli(['select', 'run', ...args], { cwd })

it('picks the fastest allowed candidate over a link, by the figures of the run', async () => {
  const { code, stdout } = await select('--where', 'loss<=3pt, cut!=input|output', '--link', '3g', '--json')
  expect(code).toBe(0)
  const { validationAccuracy } = comparison.baseline
  const [expected] = comparison.candidates
    .filter(
      (one) => validationAccuracy - one.validationAccuracy <= 0.03 && !['input', 'output'].includes(one.partitionPoint),
    )
    .sort((a, b) => a.byLink['3g']!.endToEnd!.composedMs - b.byLink['3g']!.endToEnd!.composedMs)
  const { chosen, of, explanation, byRate } = JSON.parse(stdout)
  expect(chosen).toMatchObject({
    id: expected!.id,
    partitionPoint: expected!.partitionPoint,
    endToEnd: { composedMs: expected!.byLink['3g']!.endToEnd!.composedMs },
  })
  expect(of).toBe(comparison.candidates.length)
  expect(explanation[0]).toMatch(/loss ≤ 3 points excludes \d+ of \d+/)
  expect(byRate.length).toBeGreaterThan(1)
})

it('prints the choice, its reason, the front and the choice by rate', async () => {
  const { code, stdout } = await select()
  expect(code).toBe(0)
  expect(stdout).toMatch(/least latency · loss ≤ 5 points · WiFi/)
  expect(stdout).toMatch(/next best \+/)
  expect(stdout).toMatch(/Pareto front of the \d+ allowed/)
  expect(stdout).toMatch(/to Mbit\/s {2}chosen/)
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
})

it('ends with 1 and the way out where nothing fits', async () => {
  const { code, stdout, stderr } = await select('--where', 'latency <= 1 us')
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(/^splitbench: No candidate fits: latency ≤ 0\.001 ms alone excludes all/)
  expect(stderr).toMatch(/Nearest miss: /)
  expect(stderr).toMatch(/With latency ≤ /)
  const document = await select('--where', 'latency <= 1 us', '--json')
  expect(document.code).toBe(1)
  const { chosen, infeasible } = JSON.parse(document.stdout)
  expect(chosen).toBeNull()
  expect(infeasible.excludesAllAlone).toEqual(['latency <= 0.001 ms'])
  // What it names helps.
  const loosened = await select('--where', infeasible.loosen[0].to, '--json')
  expect(JSON.parse(loosened.stdout).chosen.id).toBe(infeasible.loosen[0].gives)
})

it.each([
  [['--where', 'speed <= 3'], /"speed" is no quantity/],
  [['--objective', 'beauty'], /Unknown objective/],
  [['--pareto', 'latency'], /two or three quantities/],
])('refuses %j', async (args, what) => {
  const { code, stdout, stderr } = await select(...args)
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toMatch(what)
})

it('does not model a device from times of another one', async () => {
  await writeFinishedRun(join(cwd, 'board'), fixtureComparison({ device: 'board' }))
  const { code, stderr } = await runCli(['select', 'board', '--gamma', '3'], { cwd })
  expect(code).toBe(2)
  expect(stderr).toMatch(/were timed on fixture-board/)
})
