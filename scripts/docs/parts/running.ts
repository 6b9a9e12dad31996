import { goTo, startToy, waitForProgress } from '../../../test/e2e/support/pages.ts'
import type { Studio } from './studio.ts'

/** A comparison that runs, on its own page and in the tray of another. */
export async function runningPictures({ page, picture }: Studio): Promise<void> {
  await startToy(page)
  await waitForProgress(page, /Timing/)
  await picture('running')
  await goTo(page, 'runs')
  await page.locator('table[data-table="runs"]').waitFor()
  await picture('tray')
}
