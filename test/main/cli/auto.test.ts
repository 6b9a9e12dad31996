import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Comparison } from '#common/contract/result.ts'
import { comparisonSchema } from '#common/contract/result.ts'
import { profiles } from '#common/experiment/profiles.ts'
import { runCli } from '../../support/cli.ts'
import { describeWith } from '../../support/requires.ts'

describeWith('tensorflow', 'our own entry, searched with times of real files (toy profile)', () => {
  let cwd: string
  let comparison: Comparison
  let events: string

  beforeAll(async () => {
    cwd = mkdtempSync(join(tmpdir(), 'splitbench-auto-'))
    const args = 'compare --profile toy --data synthetic --network vgg16 --width 0.25 --frameworks auto --max-loss 0.3'
    const more = '--gamma 10 --link 1mbps --seed 2 --out run --json'
    const { code, stdout, stderr } = await runCli([...args.split(' '), ...more.split(' ')], { cwd })
    expect(code, stderr).toBe(0)
    events = stderr
    comparison = comparisonSchema.parse(JSON.parse(stdout))
  })
  afterAll(() => rmSync(cwd, { recursive: true, force: true }))

  it('makes candidates inside the bound, timed like all others', () => {
    expect(comparison.candidates.length).toBeGreaterThan(0)
    for (const { framework, validationAccuracy, deviceMs, endToEnd } of comparison.candidates) {
      expect(framework).toBe('auto')
      expect(comparison.baseline.validationAccuracy - validationAccuracy).toBeLessThanOrEqual(0.3)
      expect(deviceMs).toMatchObject({ source: 'modelled' })
      expect(endToEnd).not.toBeNull()
    }
  })

  it('tells what it trained, within its budget', () => {
    const { epochs } = profiles.toy.auto
    const [{ trainingBudget }] = comparison.candidates as [Comparison['candidates'][number]]
    expect(trainingBudget).toBeGreaterThan(0)
    expect(trainingBudget).toBeLessThanOrEqual(epochs * comparison.dataset.train)
    const [, spent] = /auto tried \d+ of \d+ designs in ([\d.]+) of 12 epochs/.exec(events)!
    const [, further = 0] = /finalists for ([\d.]+) epochs more/.exec(events) ?? []
    // A model that several designs stand on counts once; the log has three digits.
    expect(trainingBudget! / comparison.dataset.train / (Number(spent) + Number(further))).toBeCloseTo(1, 1)
  })

  it('times every split with both heads before it trains', () => {
    expect(events).toMatch(/auto: int8 heads are faster in \d+ of \d+ splits/)
    for (const { int8, step, headMacs } of comparison.candidates) {
      expect(int8 !== undefined).toBe(step!.endsWith('int8 head'))
      if (int8) expect(int8.headBytes).toBeLessThan(int8.floatBytes)
      expect(headMacs).toBeGreaterThan(0)
    }
  })

  it('leaves nothing of the splits that it timed but their samples', () => {
    expect(readdirSync(join(cwd, 'run'))).not.toContain('stages')
    expect(readdirSync(join(cwd, 'run', 'candidates'))).toHaveLength(comparison.candidates.length)
    expect(readdirSync(join(cwd, 'run', 'timings')).length).toBeGreaterThan(2 * comparison.candidates.length)
  })
})
