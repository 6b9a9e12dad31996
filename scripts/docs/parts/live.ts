import { goTo, waitForState } from '../../../test/e2e/support/pages.ts'
import { addDevice } from './devices.ts'
import type { Studio } from './studio.ts'

/** Inference as it goes on, over a link that gets slower while it is looked at. */
export async function livePictures({ page, picture }: Studio): Promise<void> {
  await addDevice(page, 'Simulated', 'bench-pi')
  await goTo(page, 'live')
  const form = page.getByRole('form', { name: 'Infer live' })
  await form.waitFor()
  await form.getByLabel('Link').selectOption('wifi')
  await form.getByLabel('Changes').fill('1mbps@8')
  await form.getByLabel(/^For/).fill('60')
  await picture('live-form')
  await form.getByRole('button', { name: 'Start', exact: true }).click()
  await page.locator('[data-chart="parts-over-time"] canvas').first().waitFor({ timeout: 180_000 })
  await page.locator('table[data-table="selections"] tbody tr').nth(1).waitFor({ timeout: 120_000 })
  await page.waitForTimeout(4000)
  await picture('live')
  await page.getByRole('button', { name: 'Cancel' }).first().click()
  await waitForState(page, 'Finished')
}
