import { expect, it } from 'vitest'
import { headline } from '#common/charts/bestCuts.ts'
import type { Comparison } from '#common/contract/result.ts'
import { formatPoints, significant } from '#common/units.ts'
import { exported, goTo } from '../support/pages.ts'
import { storeThreeRuns } from '../support/runs.ts'
import { describeWindow } from '../support/window.ts'

let runs: Comparison[]

describeWindow(
  '13: a pinned baseline stays on top, is drawn differently, and the others show value and delta',
  {
    async prepare(workspace) {
      runs = await storeThreeRuns(workspace)
    },
  },
  (bench) => {
    const table = () => bench.page.locator('table[data-table="runs"]')

    it('among runs, whatever the sorting and the filter', async () => {
      const { page } = bench
      await goTo(page, 'runs')
      const [first, second] = runs as [Comparison, Comparison, Comparison]
      await table()
        .locator(`tr[data-row="${first.run.id}"]`)
        .getByRole('button', { name: /as baseline/ })
        .click()
      const top = () => table().locator('tr[data-row]').first().getAttribute('data-row')
      await expect.poll(top).toBe(first.run.id)
      await table().locator('th[data-heading="bestMs"] button').click()
      await table().locator('th[data-heading="bestMs"] button').click()
      expect(await top()).toBe(first.run.id)
      await page.locator('input[data-filter]').fill('link:4g')
      await expect.poll(() => table().locator('tr[data-row]').count()).toBe(2)
      expect(await top()).toBe(first.run.id)
      const bestOf = (comparison: Comparison) => headline(comparison, comparison.link.name).best!
      const [pinned, other] = [bestOf(first), bestOf(second)]
      const ratio = other.endToEnd!.composedMs / pinned.endToEnd!.composedMs
      const row = table().locator(`tr[data-row="${second.run.id}"]`)
      expect(await row.locator('[data-column="bestMs"] small').textContent()).toBe(
        ratio <= 1 ? `${significant(1 / ratio)}× faster` : `${significant(ratio)}× slower`,
      )
      expect(await row.locator('[data-column="bestAccuracy"] small').textContent()).toBe(
        formatPoints(other.candidate!.accuracy - pinned.candidate!.accuracy),
      )
      expect(String(await exported(page, 'Best cut of each run', 'SVG'))).toContain('baseline ★')
    })

    it('among candidates: the dashed line and the star are those of the pinned one, and stay after a reload', async () => {
      const { page } = bench
      const [first] = runs as [Comparison]
      await goTo(page, `compare/run/${first.run.id}`)
      const candidates = page.locator('table[data-table="candidates"]')
      await candidates.waitFor()
      const before = String(await exported(page, 'Latency over rate', 'SVG'))
      const chosen = first.candidates.find(
        ({ framework, step, partitionPoint }) =>
          framework === 'two-step' && step === 'step1' && partitionPoint === 'pool3',
      )!
      await candidates
        .locator(`tr[data-row="${chosen.id}"]`)
        .getByRole('button', { name: /as baseline/ })
        .click()
      await expect.poll(() => candidates.locator('tr[data-row]').first().getAttribute('data-row')).toBe(chosen.id)
      const after = String(await exported(page, 'Latency over rate', 'SVG'))
      expect(after).not.toBe(before)
      expect(String(await exported(page, 'Accuracy against latency', 'SVG'))).toContain('baseline ★')
      await page.reload()
      await candidates.waitFor()
      expect(await candidates.locator('tr[data-row]').first().getAttribute('data-row')).toBe(chosen.id)
    })
  },
)
