import { expect, it } from 'vitest'
import { fixtureComparison } from '../../fixtures/comparison.ts'
import { storeRunWithHeads } from '../../support/storedHeads.ts'
import { goTo } from '../support/pages.ts'
import { describeWindow } from '../support/window.ts'

describeWindow(
  '17: the minimum measurement rule is seen before the start, with the time it takes; an override is printed',
  { prepare: storeRunWithHeads },
  (bench) => {
    it('before heads are timed', async () => {
      const { page } = bench
      await goTo(page, 'devices')
      await page.getByRole('button', { name: 'Use a simulated Pi' }).click()
      await page.getByRole('dialog').getByLabel('Name').fill('bench-pi')
      await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click()
      await page.getByRole('link', { name: 'Timing' }).click()
      const form = page.getByRole('form', { name: 'Time heads on bench-pi' })
      await page.getByLabel(/^Time per head/).fill('10')
      await page.getByLabel('Least runs').fill('10')
      await form.getByText('2 heads, single image: at least 20 s.').waitFor()
      await page.getByLabel(/^Time per head/).fill('0.5')
      await form.getByText(/at least 1 s\. Shorter than the 10 s and 10 runs of a full measurement/).waitFor()
    })

    it('before a comparison: how long it will take, part by part', async () => {
      const { page } = bench
      await goTo(page, 'compare')
      await page.getByLabel('Profile').selectOption('lab')
      await page.locator('[data-plan] li', { hasText: /Tim/ }).first().waitFor()
      expect(await page.locator('[data-plan] header strong').textContent()).toMatch(/\d+ (s|min|h)/)
    })

    it('in the report and above the result where it was overridden', async () => {
      const { page } = bench
      const { id } = fixtureComparison().run
      await goTo(page, `compare/run/${id}`)
      await page.locator('[data-conditions]', { hasText: 'Timing rule: override: 0.5 s' }).waitFor()
      await goTo(page, `runs/report/${id}`)
      await page.frameLocator('iframe').locator('.warning', { hasText: 'override: 0.5 s' }).first().waitFor()
      expect(await page.frameLocator('iframe').locator('#conditions').textContent()).toContain('override')
    })
  },
)
