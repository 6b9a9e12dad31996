import { goTo, waitForState } from '../../../test/e2e/support/pages.ts'
import { addDevice } from './devices.ts'
import type { Studio } from './studio.ts'

/**
 * Inference as it goes on, over a link that gets slower while it is looked at, and what is stored of it: of a comparison on built-in images, for
 * those of others are not ours to show.
 */
export async function livePictures({ page, picture, runs }: Studio): Promise<void> {
  await addDevice(page, 'Simulated', 'bench-pi')
  await goTo(page, `live/of/${runs.live}`)
  const form = page.getByRole('form', { name: 'Infer live' })
  await form.waitFor()
  await form.getByLabel('Link', { exact: true }).selectOption('wifi')
  await form.getByLabel('Changes').fill('1mbps@12')
  await form.getByLabel(/^For/).fill('90')
  await picture('live-form')
  await form.getByRole('button', { name: 'Start', exact: true }).click()
  await page.locator('[data-chart="parts-over-time"] canvas').first().waitFor({ timeout: 180_000 })
  await page.waitForTimeout(24_000)
  await picture('live')
  await page.getByRole('button', { name: 'Cancel' }).first().click()
  await waitForState(page, 'Finished')
  await page.getByRole('link', { name: 'open it' }).click()
  await page.locator('[data-live-result]').waitFor()
  await picture('live-run')
}
