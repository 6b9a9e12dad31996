import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { figureNamed, figures } from '../../../../src/main/workbench/figures/index.ts'
import { fixtureComparison } from '../../../fixtures/comparison.ts'
import { fixtureFrameworks } from '../../../fixtures/frameworks.ts'
import { fixturePreprocessing } from '../../../fixtures/preprocessing.ts'
import { fixtureSweep } from '../../../fixtures/sweep.ts'
import { writeFeatures } from '../../../support/checkFeatures.ts'
import { expectError, temporaryFolder } from '../../../support/images.ts'

const written = (record: unknown): string => {
  const file = join(temporaryFolder(), 'record.json')
  writeFileSync(file, JSON.stringify(record))
  return file
}

it('has every numbered figure and table', () => {
  expect(Object.keys(figures)).toEqual([
    ...['huang-2017', 'jankowski-2020-fig3', 'jankowski-2020-fig4', 'jankowski-2020-fig5', 'qcnn-2016'],
    ...['safbmp-2023-fig2', 'safbmp-2023-fig3', 'safbmp-2023-fig8', 'safbmp-2023-fig9', 'safbmp-2023-fig10'],
    ...['safbmp-2023-fig11', 'safbmp-2023-table2', 'shi-2019-fig3', 'shi-2019-table1'],
  ])
  for (const { needs } of Object.values(figures)) expect(needs).toMatch(/^(one |comparisons |the folder )/)
})

it('draws several seeds into one figure, with its numbers beside it', () => {
  const seeds = [fixtureFrameworks(), fixtureFrameworks({ seed: 2, loseMore: 0.2 })].map(written)
  const drawn = Object.entries(figures).filter(([name]) => !/^(safbmp-2023-fig[23]|qcnn-2016|huang-2017)$/.test(name))
  expect(drawn).toHaveLength(10)
  for (const [, figure] of drawn) {
    const { svg, csv } = figure.draw(seeds)
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/)
    expect(svg).not.toMatch(/NaN|undefined/)
    expect(svg).toMatch(/seeds 1, 2/)
    expect(csv.split('\r\n').length).toBeGreaterThan(3)
    expect(csv).not.toMatch(/NaN|undefined/)
  }
})

it('refuses the wrong kind of record in one line, and several records where one is needed', async () => {
  const [comparison, sweep, digits] = [fixtureComparison(), fixtureSweep(), fixturePreprocessing()].map(written)
  const draw = (name: string, records: string[]) => () => figureNamed(name).draw(records)
  await expectError(draw('safbmp-2023-fig9', [sweep!]), 'bad-data', /is a sweep over pruning criteria; .* a comparison/)
  await expectError(draw('safbmp-2023-fig2', [comparison!]), 'bad-data', /is a comparison; .* a sweep over pruning/)
  await expectError(draw('huang-2017', [sweep!]), 'bad-data', /is a sweep over pruning criteria; .* pre-processing/)
  await expectError(draw('qcnn-2016', [digits!]), 'bad-data', /is a sweep over pre-processing; .* a comparison/)
  await expectError(draw('safbmp-2023-fig2', [sweep!, sweep!]), 'bad-usage', /from one record, not from 2/)
  await expectError(draw('jankowski-2020-fig3', [comparison!]), 'bad-data', /hold no candidate of jscc/)
  await expectError(
    draw('safbmp-2023-fig9', [comparison!, written({})]),
    'bad-data',
    /not a comparison of this version/,
  )
})

it("draws features before and after pruning from a run's folder, codes decoded, and needs more than the record", async () => {
  const folder = temporaryFolder()
  const all = fixtureComparison({ points: ['pool2'] })
  const at = all.candidates.filter(({ partitionPoint }) => partitionPoint === 'pool2')
  const plain = at.find(({ framework, codec }) => framework === 'only-splitting' && codec === 'float32')!
  const pruned = at.find(({ step }) => step === 'step1')!
  const comparison = { ...all, candidates: [plain, pruned] }
  writeFileSync(join(folder, 'comparison.json'), JSON.stringify(comparison))
  const draw = () => figureNamed('safbmp-2023-fig3').draw([folder])
  await expectError(draw, 'bad-data', /holds no candidates: a record alone has no features/)
  writeFeatures(folder, plain, Float32Array.from([1, 1, 2, 2]))
  // 0.5 · code + 1: 2, 2, 3, 3.
  writeFeatures(folder, pruned, Uint8Array.from([2, 2, 4, 4]))
  const { svg, csv } = draw()
  expect(svg).toContain('two-step, step 1')
  const [, unpruned, ...others] = csv.trimEnd().split('\r\n')
  expect(unpruned).toMatch(/^pool2,unpruned,1\.5,0\.5,0,,1,/)
  // A whole unit further: two standard deviations.
  expect(others.at(-1)).toMatch(/^pool2,"two-step, step 1",2\.5,0\.5,0,2,/)
})
