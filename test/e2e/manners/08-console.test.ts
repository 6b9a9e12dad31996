import { afterAll, beforeAll, expect } from 'vitest'
import type { SerialPi } from '../../hardware/virtualPi/serialPi.ts'
import { startSerialPi } from '../../hardware/virtualPi/serialPi.ts'
import { itWith, missing } from '../../support/requires.ts'
import { goTo } from '../support/pages.ts'
import { describeWindow } from '../support/window.ts'

const waiting = { timeout: 60_000 }

describeWindow(
  '8: the console has timestamps, follows or not, filters, clears and saves, in bounded memory',
  {},
  (bench) => {
    let line: SerialPi
    beforeAll(async () => {
      if (missing('serial')) return
      line = await startSerialPi({ baud: 1_500_000 })
    })
    afterAll(() => line?.stop())
    const lines = () => bench.page.locator('[role="log"] p')
    const type = async (text: string): Promise<void> => {
      await bench.page.getByLabel('Line to send').fill(text)
      await bench.page.keyboard.press('Enter')
    }

    itWith('serial', 'the page draws few of many lines, and what is saved is all that is kept', async () => {
      const { page } = bench
      await goTo(page, 'devices')
      await page.getByRole('button', { name: 'Pick a serial port' }).click()
      await page.getByLabel('Port', { exact: true }).fill(line.path)
      await page.getByLabel('Name').fill('wired')
      await page.getByRole('button', { name: 'Add', exact: true }).click()
      await page.locator('[data-device="wired"]').waitFor()
      await page.getByRole('link', { name: 'Console' }).click()
      await page.getByRole('button', { name: 'Open console' }).click()
      await expect.poll(() => page.getByLabel('Line to send').isEnabled(), waiting).toBe(true)
      const says = (text: RegExp) => lines().filter({ hasText: text }).last().waitFor(waiting)
      await type('')
      await says(/login:/)
      await type('pi')
      await says(/Password:/)
      await type(line.pi.password)
      await says(/\$\s*$/)
      await type('seq -f "line %.0f" 0 11999; echo the $((1+1))nd end')
      await lines().filter({ hasText: 'the 2nd end' }).first().waitFor({ timeout: 120_000 })
      expect(await lines().count()).toBeLessThan(120)

      await page.getByLabel('Filter lines').fill('line 11999')
      await expect
        .poll(
          () =>
            lines()
              .filter({ hasText: /line 11999$/ })
              .count(),
          waiting,
        )
        .toBe(1)
      await page.getByLabel('Filter lines').fill('')

      expect(await page.locator('[role="log"] .at').count()).toBeGreaterThan(0)
      await page.getByLabel('Times').uncheck()
      await expect.poll(() => page.locator('[role="log"] .at').count(), waiting).toBe(0)

      await page.locator('[role="log"]').hover()
      await page.mouse.wheel(0, -3000)
      await expect.poll(() => page.getByLabel('Follow').isChecked(), waiting).toBe(false)

      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Save to file' }).click(),
      ])
      const chunks: Buffer[] = []
      for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer)
      const saved = Buffer.concat(chunks).toString().trimEnd().split('\n')
      expect(saved.length).toBeLessThanOrEqual(10_000)
      expect(saved.some((one) => /^\d{4}-\d\d-\d\dT.*line 11999$/.test(one))).toBe(true)

      await page.getByRole('button', { name: 'Clear' }).click()
      await expect.poll(() => lines().filter({ hasText: 'line 1' }).count(), waiting).toBe(0)
    })
  },
)
