import { goTo } from '../../../test/e2e/support/pages.ts'
import type { Studio } from './studio.ts'

/** A small sweep over pre-processing on the built-in digits: its form, while it goes on, its result. */
export async function preprocessPictures({ page, picture }: Studio): Promise<void> {
  await goTo(page, 'preprocess')
  const form = page.getByRole('form', { name: 'Pre-process' })
  await form.getByLabel('Training images').fill('1000, 2000, 4000')
  await form.locator('[data-plan]').waitFor()
  await picture('preprocess')
  await form.getByRole('button', { name: 'Start', exact: true }).click()
  await page.locator('[data-chart="preprocess-accuracy"] canvas').first().waitFor({ timeout: 300_000 })
  await picture('preprocessing')
  await page.locator('table[data-table="preprocess"]').waitFor({ timeout: 900_000 })
  await picture('preprocessed')
}
