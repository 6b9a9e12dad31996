import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { comparisonSchema } from '#common/contract/result.ts'
import { writeReports } from '../../../../src/main/workbench/reports/write.ts'
import { fixtureComparison } from '../../../fixtures/comparison.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splitbench-report-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('writeReports', () => {
  it('writes the three files and nothing else; the JSON is the comparison, number for number', async () => {
    const comparison = fixtureComparison({ gamma: 5 })
    const written = await writeReports(folder, comparison)
    expect((await readdir(folder)).sort()).toEqual(['comparison.json', 'report.csv', 'report.html'])
    const read = comparisonSchema.parse(JSON.parse(await readFile(join(folder, 'comparison.json'), 'utf8')))
    expect(read).toEqual(written)
    expect(read.candidates).toEqual(comparison.candidates)
  })

  it('replaces an earlier report', async () => {
    await writeReports(folder, fixtureComparison())
    await writeReports(folder, fixtureComparison({ link: '3g' }))
    expect(await readFile(join(folder, 'report.html'), 'utf8')).toContain('3G, 1.1 Mbit/s (the chosen link)')
    expect(await readdir(folder)).toHaveLength(3)
  })
})
