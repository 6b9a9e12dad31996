import type { Page } from 'playwright'
import { goTo } from '../../../test/e2e/support/pages.ts'
import type { Studio } from './studio.ts'

/** Adds a device on the page of devices, unless it is there. */
export async function addDevice(page: Page, choice: 'Simulated' | 'This computer', name: string): Promise<void> {
  await goTo(page, 'devices')
  await page.getByRole('button', { name: 'Add device' }).waitFor()
  const there = page.locator(`[data-device="${name}"]`)
  if ((await there.count()) > 0) return
  await page.getByRole('button', { name: 'Add device' }).click()
  await page.getByRole('dialog').getByLabel(choice).check()
  await page.getByLabel('Name').fill(name)
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await there.waitFor()
}

/** A simulated board: how it is added, its card, and a few heads of the comparison timed on it. */
export async function devicePictures({ page, picture }: Studio): Promise<void> {
  await addDevice(page, 'Simulated', 'bench-pi')
  await addDevice(page, 'This computer', 'desktop')
  await page.getByRole('button', { name: 'Add device' }).click()
  await page.getByRole('dialog').waitFor()
  await picture('devices-add')
  await page.keyboard.press('Escape')
  await goTo(page, 'devices/bench-pi')
  await page.getByRole('button', { name: 'Connect' }).click()
  await page.locator('[data-device="bench-pi"][data-state="connected"]').waitFor()
  await picture('devices')
  await goTo(page, 'devices/bench-pi/timing')
  await page.getByLabel('Partition points').selectOption('chosen')
  for (const point of ['pool1', 'pool4', 'pool5']) await page.getByLabel(point, { exact: true }).check()
  await page.getByRole('button', { name: 'Time heads' }).click()
  await page.locator('[data-chart="device-samples"] canvas').first().waitFor({ timeout: 300_000 })
  // Lines of finished jobs would cover what is shown; some leave by themselves, under the pointer.
  const dismiss = page.locator('[data-job]').getByRole('button', { name: 'Dismiss' })
  while ((await dismiss.count()) > 0) {
    await dismiss
      .first()
      .click({ timeout: 2_000 })
      .catch(() => undefined)
  }
  await page.locator('[data-chart="device-samples"]').scrollIntoViewIfNeeded()
  await picture('devices-timing')
}
