import type { Page } from 'playwright'
import { beforeAll, expect, it } from 'vitest'
import { fixtureComparison } from '../fixtures/comparison.ts'
import { goTo } from './support/pages.ts'
import { describeWindow } from './support/window.ts'
import { storeRuns } from './support/workspace.ts'

const count = 70

describeWindow(
  'a workspace of many runs',
  { prepare: (workspace) => storeRuns(workspace, fixtureComparison({ points: ['pool1'] }), count) },
  (bench) => {
    let page: Page
    const rows = () => page.locator('table[data-table="runs"] tbody tr')

    beforeAll(async () => {
      ;({ page } = bench)
      await goTo(page, 'runs')
      await rows().first().waitFor()
    })

    it('lists the newest first and says how many there are, but draws the first ones only', async () => {
      await page.getByText(`${count} rows`, { exact: true }).waitFor()
      expect(await rows().count()).toBe(18)
      expect(await rows().first().getAttribute('data-row')).toBe('run-0000')
    })

    it('draws more as one scrolls, and all when they are asked for', async () => {
      const region = page.getByRole('region', { name: /^Runs/ }).last()
      await region.evaluate((element) => element.scrollTo(0, element.scrollHeight))
      await expect.poll(() => rows().count()).toBe(36)
      await page.getByRole('button', { name: `Show all ${count} rows` }).click()
      expect(await rows().count()).toBe(count)
      expect(await rows().last().getAttribute('data-row')).toBe(`run-00${count - 1}`)
      expect(await page.getByRole('button', { name: /^Show all/ }).count()).toBe(0)
    })
  },
)
