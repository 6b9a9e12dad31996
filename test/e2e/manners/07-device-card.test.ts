import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { storeRunWithHeads } from '../../support/storedHeads.ts'
import { goTo } from '../support/pages.ts'
import { describeWindow } from '../support/window.ts'

describeWindow(
  '7: the device card says everything, and is stored with every timing',
  { prepare: storeRunWithHeads },
  (bench) => {
    const facts = [
      'Board',
      'SoC',
      'Processor',
      'Memory',
      'System',
      'Kernel',
      'Clock',
      'Governor',
      'Temperature',
      'Throttle flags',
      'Load',
      'Runtime',
      'Agent',
      'Last seen',
    ]

    it('from the first connection on', async () => {
      const { page } = bench
      await goTo(page, 'devices')
      await page.getByRole('button', { name: 'Use a simulated Pi' }).click()
      await page.getByRole('dialog').getByLabel('Name').fill('bench-pi')
      await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click()
      await page.locator('[data-device-view]').getByRole('button', { name: 'Connect' }).click()
      await page.locator('[data-device="bench-pi"][data-state="connected"]').waitFor({ timeout: 30_000 })
      for (const fact of facts) {
        const text = (await page.locator(`[data-fact="${fact}"]`).textContent()) ?? ''
        expect(text.trim(), fact).not.toBe('')
      }
      expect(await page.locator('[data-fact="Board"]').textContent()).toContain('Raspberry Pi 4')
      expect(await page.locator('[data-fact="Last seen"]').textContent()).toMatch(/just now|ago/)
    })

    it('and is kept beside the times that were taken on it', async () => {
      const { page, workspace } = bench
      const board = await page.locator('[data-fact="Board"]').textContent()
      await page.getByRole('link', { name: 'Timing' }).click()
      await page.getByLabel(/^Time per head/).fill('0.2')
      await page.getByRole('button', { name: 'Time heads' }).click()
      await page.locator('table[data-table="device-timing"]').waitFor({ timeout: 60_000 })
      const id = await page.locator('[data-timing]').getAttribute('data-timing')
      const { device } = JSON.parse(readFileSync(join(workspace, 'splitbench-runs', id!, 'timing.json'), 'utf8'))
      expect(device.board).toBe(board)
      expect(device.conditions.before.clockMhz).toBe(1800)
    })
  },
)
