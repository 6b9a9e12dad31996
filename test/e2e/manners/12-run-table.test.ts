import { expect, it } from 'vitest'
import type { Comparison } from '#common/contract/result.ts'
import { goTo } from '../support/pages.ts'
import { storeThreeRuns } from '../support/runs.ts'
import { describeWindow } from '../support/window.ts'

let runs: Comparison[]

describeWindow(
  '12: the run table sorts, filters, groups; columns are chosen and moved; all of it outlives a restart',
  {
    async prepare(workspace) {
      runs = await storeThreeRuns(workspace)
    },
  },
  (bench) => {
    const table = () => bench.page.locator('table[data-table="runs"]')
    const shown = () =>
      table()
        .locator('tr[data-row]')
        .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-row')))
    const headings = () =>
      table()
        .locator('th[data-heading]')
        .evaluateAll((all) => all.map((one) => one.getAttribute('data-heading')))
    const ids = () => runs.map(({ run }) => run.id)
    const filter = () => bench.page.locator('input[data-filter]')

    it('filters from the keyboard with "/", by words and by numbers of a column', async () => {
      const { page } = bench
      await goTo(page, 'runs')
      await table().waitFor()
      await page.locator('h1').click()
      await page.keyboard.press('/')
      await page.keyboard.type('link:4g')
      await expect.poll(shown).toEqual([ids()[1]])
      await filter().fill('seed>1')
      await expect.poll(async () => (await shown()).sort()).toEqual(ids().slice(1))
      expect(await page.locator('[data-count]').textContent()).toContain('2 of 3 rows')
      await page.keyboard.press('Escape')
      await expect.poll(async () => (await shown()).length).toBe(3)
    })

    it('groups, sorts by what is best, and leaves out columns that say the same in every row', async () => {
      const { page } = bench
      await page.getByLabel('Group by').selectOption('device')
      await expect.poll(() => table().locator('tr.group').count()).toBe(2)
      await page.getByLabel('Group by').selectOption('')
      await table().locator('th[data-heading="bestMs"] button').click()
      const best = await table()
        .locator('td[data-column="bestMs"]')
        .evaluateAll((cells) => cells.map((cell) => cell.firstChild?.textContent ?? ''))
      const ms = best.map((text) => Number.parseFloat(text) * (text.includes('µs') ? 1e-3 : 1))
      expect(ms).toEqual([...ms].sort((a, b) => a - b))
      expect(await headings()).toContain('network')
      await page.getByLabel('Only differing columns').check()
      await expect.poll(headings).not.toContain('network')
      expect(await headings()).toContain('link')
    })

    it('hides and moves columns; a reload and another process show the table as it was left', async () => {
      const { page } = bench
      await page.locator('details.columns summary').first().click()
      await page.getByRole('checkbox', { name: 'Payload' }).uncheck()
      await page.getByRole('button', { name: 'Move Link to the left' }).click()
      const left = await headings()
      expect(left).not.toContain('payload')
      await page.reload()
      await table().waitFor()
      expect(await headings()).toEqual(left)
      // Settings are written a moment after the last change; then they are there for any browser.
      await page.waitForTimeout(1000)
      await bench.workbench.close()
      bench.workbench = await bench.hosts.open(bench.workspace)
      bench.page = bench.workbench.page
      await goTo(bench.page, 'runs')
      await table().waitFor()
      await expect.poll(headings).toEqual(left)
    })

    it('chooses ranges with Shift', async () => {
      const { page } = bench
      const boxes = table().locator('tbody input[type="checkbox"]')
      await boxes.nth(0).click()
      await boxes.nth(2).click({ modifiers: ['Shift'] })
      await expect.poll(() => page.locator('[data-count]').textContent()).toContain('3 chosen')
      await boxes.nth(1).click()
      await expect.poll(() => page.locator('[data-count]').textContent()).toContain('2 chosen')
    })
  },
)
