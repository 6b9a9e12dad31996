import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { criterionSweepColumns } from '#common/charts/criterionSweep.ts'
import { lookupSpeedUpColumns } from '#common/charts/lookupSpeedUps.ts'
import { preprocessingColumns } from '#common/charts/preprocessing.ts'
import { figureNamed } from '../../../../src/main/workbench/figures/index.ts'
import { fixtureComparison } from '../../../fixtures/comparison.ts'
import { fixturePreprocessing } from '../../../fixtures/preprocessing.ts'
import { fixtureSweep } from '../../../fixtures/sweep.ts'
import { expectError, temporaryFolder } from '../../../support/images.ts'

it('draws Figure 2 of SAFBMP from a sweep, and writes its numbers', () => {
  const folder = temporaryFolder()
  const sweep = fixtureSweep()
  writeFileSync(join(folder, 'sweep.json'), JSON.stringify(sweep))
  const { svg, csv } = figureNamed('safbmp-2023-fig2').draw([folder])
  expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/)
  expect(svg).toContain('30 % of the channels removed, as pruned')
  for (const criterion of sweep.criteria) expect(svg).toContain(`>${criterion}</text>`)
  const lines = csv.trimEnd().split('\r\n')
  expect(lines[0]).toBe(criterionSweepColumns.join(','))
  expect(lines).toHaveLength(1 + 8 * 5 * 3)
})

it('says what is wrong with a run that holds no sweep, a damaged one, and an unknown figure', async () => {
  const folder = temporaryFolder()
  const figure = figureNamed('safbmp-2023-fig2')
  await expectError(() => figure.draw([folder]), 'bad-data', /holds no sweep/)
  writeFileSync(join(folder, 'sweep.json'), '{"protocol": 1')
  await expectError(() => figure.draw([folder]), 'bad-data', /damaged or cut short/)
  writeFileSync(join(folder, 'sweep.json'), JSON.stringify({ ...fixtureSweep(), cells: [{ criterion: 'luck' }] }))
  await expectError(() => figure.draw([folder]), 'bad-data', /not a sweep of this version \(cells\.0/)
  await expectError(() => figureNamed('safbmp-2023-fig1'), 'unknown-name', /no figure "safbmp-2023-fig1"/)
})

it('draws accuracy over data size after Huang, the published value hollow, and writes its numbers', async () => {
  const folder = temporaryFolder()
  const result = fixturePreprocessing()
  writeFileSync(join(folder, 'preprocess.json'), JSON.stringify(result))
  const { svg, csv } = figureNamed('huang-2017').draw([folder])
  expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/)
  for (const text of ['pca-32, 32 B', 'raw, 784 B', 'published: Huang et al. 2017, MNIST']) {
    expect(svg).toContain(`>${text}</text>`)
  }
  const lines = csv.trimEnd().split('\r\n')
  expect(lines[0]).toBe(preprocessingColumns.join(','))
  expect(lines).toHaveLength(1 + 3 * 3 + 1)
  for (const line of lines) expect(line.match(/("[^"]*"|[^,]*)(,|$)/g)!.filter((cell) => cell !== '')).toHaveLength(13)
  expect(lines.at(-1)).toMatch(/^published,60000,,0\.9,/)
  writeFileSync(join(folder, 'preprocess.json'), '{')
  await expectError(() => figureNamed('huang-2017').draw([folder]), 'bad-data', /damaged or cut short/)
  await expectError(() => figureNamed('huang-2017').draw([temporaryFolder()]), 'bad-data', /holds no sweep over pre/)
})

it("draws Q-CNN's speed-ups from a comparison that has heads which look up, and refuses one that has none", async () => {
  const folder = temporaryFolder()
  const comparison = fixtureComparison({ frameworks: ['only-splitting'] })
  const dense = comparison.candidates.find(({ codec }) => codec === 'uint8')!
  const lookup = { macs: 1_000, lookups: 3_000, denseMacs: 16_000, bits: 8_000, error: 1e-6 }
  const tables = { ...dense, id: 'tables', step: '32 words, lookup', lookup }
  const write = (candidates: unknown[]) =>
    writeFileSync(join(folder, 'comparison.json'), JSON.stringify({ ...comparison, candidates }))
  write([...comparison.candidates, tables])
  const { svg, csv } = figureNamed('qcnn-2016').draw([folder])
  expect(svg).toContain(`>32 words, ${dense.partitionPoint}</text>`)
  expect(svg).toContain('>published: Q-CNN, AlexNet on a PC</text>')
  const lines = csv.trimEnd().split('\r\n')
  expect(lines).toHaveLength(1 + 1 + 1)
  expect(lines[0]).toBe(lookupSpeedUpColumns.join(','))
  expect(lines[1]).toContain(`,${dense.deviceMs!.median},${dense.deviceMs!.median},1,4,`)
  expect(lines[2]).toContain(',3.03,4.15,')
  write(comparison.candidates)
  await expectError(() => figureNamed('qcnn-2016').draw([folder]), 'bad-data', /no head that looks products up/)
})
