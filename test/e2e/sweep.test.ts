import { expect, it } from 'vitest'
import { againstRandom, sweepFindings, sweepSpot } from '#common/experiment/sweepSummary.ts'
import { formatPercent, formatPoints } from '#common/units.ts'
import { fixtureSweep } from '../fixtures/sweep.ts'
import { exported, goTo, parseCsv, readTable } from './support/pages.ts'
import { describeWindow } from './support/window.ts'
import { storeSweep } from './support/workspace.ts'

const sweep = fixtureSweep()
const { id } = sweep.run

describeWindow(
  'a stored sweep over criteria',
  { prepare: (workspace) => storeSweep(workspace, 'sweep', sweep) },
  (bench) => {
    it('is listed with its network, and opened by the page of criteria', async () => {
      const { page } = bench
      await goTo(page, 'runs')
      const row = page.locator(`tr[data-row="${id}"]`)
      await row.waitFor()
      expect(await row.locator('[data-column="network"]').textContent()).toContain('vgg16 × 0.25')
      expect(await row.getByRole('button', { name: `Report of ${id}` }).isDisabled()).toBe(true)
      await row.getByRole('button', { name: `Open ${id}` }).click()
      await page.locator('[data-chart="accuracy-fine-tuned"]').waitFor()
      const facts = await page.locator('[data-facts]').textContent()
      expect(facts).toContain('pretrained weights vgg16-w0.25')
      expect(facts).toContain('unpruned 87.0 % of 1000 test images')
      expect(facts).toContain('360 of 360 cells')
    })

    it('shows the exact means and differences of every criterion at every depth', async () => {
      const { page } = bench
      const shown = await readTable(page, 'criteria')
      expect(shown.size).toBe(40)
      for (const criterion of sweep.criteria) {
        for (const { name: depth } of sweep.depths) {
          const row = shown.get(`${criterion}/${depth}`)!
          for (const stage of ['before', 'after'] as const) {
            const means = sweep.ratios.map((ratio) => sweepSpot(sweep, stage, { criterion, depth, ratio }).mean!)
            expect(row[`${stage}-accuracy`]).toBe(
              formatPercent(means.reduce((sum, one) => sum + one, 0) / means.length),
            )
            const { difference } = againstRandom(sweep, stage, { criterion, depth })!
            expect(row[`${stage}-difference`]).toBe(criterion === 'random' ? '–' : formatPoints(difference))
          }
        }
      }
    })

    it("says of each of the paper's orderings whether it holds", async () => {
      const { page } = bench
      const lines = await page.locator('[data-findings] li').allTextContents()
      const wanted = (['before', 'after'] as const).flatMap((stage) => sweepFindings(sweep, stage))
      expect(lines).toHaveLength(wanted.length)
      for (const [index, { claim, holds, observed }] of wanted.entries()) {
        expect(lines[index]).toContain(claim)
        expect(lines[index]).toContain(holds ? 'holds' : 'does not hold')
        expect(lines[index]).toContain(observed)
      }
    })

    it('exports every number of the figure, and the figure', async () => {
      const { page } = bench
      const rows = parseCsv(String(await exported(page, 'Accuracy after fine-tuning', 'CSV')))
      expect(rows).toHaveLength(120)
      for (const row of rows) {
        const criterion = row.criterion as (typeof sweep.criteria)[number]
        const where = { criterion, depth: row.depth!, ratio: Number(row.channels_removed_share) }
        const { mean, min, max, seeds } = sweepSpot(sweep, 'after', where)
        expect(
          [row.accuracy_fine_tuned_mean, row.accuracy_fine_tuned_min, row.accuracy_fine_tuned_max].map(Number),
        ).toEqual([mean, min, max])
        expect(Number(row.seeds)).toBe(seeds)
      }
      const picture = String(await exported(page, 'Accuracy after fine-tuning', 'SVG'))
      expect(picture).toContain('70 % of the channels removed, after fine-tuning')
      for (const criterion of sweep.criteria) expect(picture).toContain(criterion)
    })
  },
)
