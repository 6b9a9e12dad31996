import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { criterionSweepColumns } from '#common/charts/criterionSweep.ts'
import { figureNamed } from '../../../../src/main/workbench/figures/index.ts'
import { fixtureSweep } from '../../../fixtures/sweep.ts'
import { expectError, temporaryFolder } from '../../../support/images.ts'

it('draws Figure 2 of SAFBMP from a sweep, and writes its numbers', () => {
  const folder = temporaryFolder()
  const sweep = fixtureSweep()
  writeFileSync(join(folder, 'sweep.json'), JSON.stringify(sweep))
  const { svg, csv } = figureNamed('safbmp-2023-fig2').draw(folder)
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
  await expectError(() => figure.draw(folder), 'bad-data', /holds no sweep/)
  writeFileSync(join(folder, 'sweep.json'), '{"protocol": 1')
  await expectError(() => figure.draw(folder), 'bad-data', /damaged or cut short/)
  writeFileSync(join(folder, 'sweep.json'), JSON.stringify({ ...fixtureSweep(), cells: [{ criterion: 'luck' }] }))
  await expectError(() => figure.draw(folder), 'bad-data', /not a sweep of this version \(cells\.0/)
  await expectError(() => figureNamed('safbmp-2023-fig3'), 'unknown-name', /no figure "safbmp-2023-fig3"/)
})
