import { expect, it } from 'vitest'
import type { Comparison } from '#common/contract/result.ts'
import { seriousViolations } from '../support/axe.ts'
import { goTo, startToy, waitForProgress } from '../support/pages.ts'
import { storeThreeRuns } from '../support/runs.ts'
import { describeWindow } from '../support/window.ts'

let runs: Comparison[]

describeWindow(
  '24: everything by keyboard: palette, pages, filter; Esc closes dialogs, never jobs; Delete asks',
  {
    async prepare(workspace) {
      runs = await storeThreeRuns(workspace)
    },
  },
  (bench) => {
    const heading = () => bench.page.locator('h1').textContent()
    const palette = () => bench.page.getByRole('dialog', { name: 'Command palette' })

    it('Ctrl+Shift+P finds pages, runs and the theme, and is clean for axe', async () => {
      const { page } = bench
      await goTo(page, 'overview')
      await page.locator('[data-next]').waitFor()
      await page.keyboard.press('Control+Shift+P')
      await palette().waitFor()
      await expect.poll(() => page.evaluate('document.activeElement.getAttribute("role")')).toBe('combobox')
      expect(await seriousViolations(page)).toEqual([])
      await page.keyboard.type('go to runs')
      await page.keyboard.press('Enter')
      await expect.poll(heading).toBe('Runs')
      await page.keyboard.press('Control+Shift+P')
      await palette().waitFor()
      await page.keyboard.type(`report ${runs[1]!.run.id}`)
      await expect.poll(() => palette().getByRole('option').count()).toBe(1)
      await page.keyboard.press('Enter')
      await expect.poll(heading).toBe('Report')
      await page.keyboard.press('Control+Shift+P')
      await page.keyboard.type('theme dark')
      await page.keyboard.press('Enter')
      await expect.poll(() => page.evaluate('document.documentElement.dataset.theme')).toBe('dark')
    })

    it('every page has its number, in the order of the navigation', async () => {
      const { page } = bench
      const links = page.getByRole('navigation', { name: 'Pages' }).getByRole('link')
      for (let index = 0; index < Math.min(9, await links.count()); index++) {
        await page.keyboard.press(`Alt+${index + 1}`)
        await expect.poll(() => links.nth(index).getAttribute('aria-current')).toBe('page')
      }
    })

    it('Delete asks for the chosen rows; Esc keeps them, and what is confirmed is gone', async () => {
      const { page } = bench
      await goTo(page, 'runs')
      const [first, second] = runs as [Comparison, Comparison]
      for (const { run } of [first, second]) {
        await page.getByRole('checkbox', { name: `Choose ${run.id}` }).focus()
        await page.keyboard.press('Space')
      }
      await page.keyboard.press('Delete')
      const question = page.getByRole('alertdialog')
      await question.getByText(first.run.id).waitFor()
      await page.keyboard.press('Escape')
      await question.waitFor({ state: 'detached' })
      expect(await page.locator('table[data-table="runs"] tr[data-row]').count()).toBe(3)
      await page.getByRole('checkbox', { name: `Choose ${first.run.id}` }).focus()
      await page.keyboard.press('Delete')
      await question.getByRole('button', { name: 'Delete' }).focus()
      await page.keyboard.press('Enter')
      await expect.poll(() => page.locator('table[data-table="runs"] tr[data-row]').count()).toBe(1)
    })

    it('Esc does not touch a running job', async () => {
      const { page } = bench
      await startToy(page)
      await waitForProgress(page, /Training the baseline/)
      for (let presses = 0; presses < 3; presses++) await page.keyboard.press('Escape')
      await page.keyboard.press('Control+Shift+P')
      await palette().waitFor()
      await page.keyboard.press('Escape')
      await palette().waitFor({ state: 'detached' })
      await page.locator('[data-job][data-state="running"]').waitFor()
      await page.keyboard.press('Control+Shift+P')
      await page.keyboard.type('cancel compare')
      await page.keyboard.press('Enter')
      await page.locator('[data-job][data-state="cancelled"]').waitFor({ timeout: 20_000 })
    })
  },
)
