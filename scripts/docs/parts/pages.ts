import { goTo } from '../../../test/e2e/support/pages.ts'
import type { Studio } from './studio.ts'

/** The pages that show what is stored, and those that show nothing yet. */
export async function pagePictures({ page, picture, runs }: Studio): Promise<void> {
  const run = runs.compare
  const pages: [name: string, place: string, ready: string][] = [
    ['overview', 'overview', '[data-next]'],
    ['first-run', 'overview/guide', '[data-start]'],
    ['explained', `compare/run/${run}/guide`, '[data-guide]'],
    ['reports', `reports/${run}`, '[data-preview]'],
    ['compare', 'compare', '[data-plan] li'],
    ['result', `compare/run/${run}`, 'table[data-table="candidates"]'],
    ['layers', `layers/${run}`, 'table[data-table="layers"]'],
    ['select', `select/${run}`, 'table[data-table="shortlist"]'],
    ['criteria', `criteria/${runs.sweep}`, '[data-chart="accuracy-fine-tuned"] canvas'],
    ['runs', 'runs', 'table[data-table="runs"]'],
    ['report', `runs/report/${run}`, 'iframe'],
    ['settings', 'settings', 'text=Desktop process'],
  ]
  for (const [name, place, ready] of pages) {
    await goTo(page, place)
    await page.locator(ready).first().waitFor()
    if (name === 'report') await page.frameLocator('iframe').locator('h1').first().waitFor()
    if (name === 'settings') {
      await page.getByRole('button', { name: 'Examine this computer' }).click()
      await page.locator('table[data-table="doctor"]').waitFor({ timeout: 60_000 })
    }
    await picture(name)
  }
  for (const [name, place, table] of [
    ['result-table', `compare/run/${run}`, 'candidates'],
    ['layers-table', `layers/${run}`, 'layers'],
    ['criteria-table', `criteria/${runs.sweep}`, 'criteria'],
  ] as const) {
    await goTo(page, place)
    await page.locator(`table[data-table="${table}"]`).waitFor()
    await page.evaluate(`document.querySelector('table[data-table="${table}"]').closest('section').scrollIntoView()`)
    await picture(name)
  }
  await goTo(page, `compare/run/${run}`)
  const figures = page.locator('[data-paper-figures]')
  await figures.scrollIntoViewIfNeeded()
  await page.locator('[data-paper-figures][aria-busy="false"]').waitFor()
  await page.evaluate(`document.querySelector('[data-paper-figures]').scrollIntoView()`)
  await picture('paper-figures')
  await page.keyboard.press('Control+Shift+P')
  await page.getByRole('dialog', { name: 'Command palette' }).waitFor()
  await picture('palette')
  await page.keyboard.press('Escape')
}
