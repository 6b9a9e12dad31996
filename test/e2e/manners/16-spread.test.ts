import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { formatMs } from '#common/units.ts'
import { storeRunWithHeads } from '../../support/storedHeads.ts'
import { exported, goTo, parseCsv, readTable } from '../support/pages.ts'
import { describeWindow } from '../support/window.ts'

describeWindow(
  '16: every time has n, median, p95 and its interval; a click shows its raw samples',
  { prepare: storeRunWithHeads },
  (bench) => {
    it('on a device', async () => {
      const { page, workspace } = bench
      await goTo(page, 'devices')
      await page.getByRole('button', { name: 'Use a simulated Pi' }).click()
      await page.getByRole('dialog').getByLabel('Name').fill('bench-pi')
      await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click()
      await page.getByRole('link', { name: 'Timing' }).click()
      await page.getByLabel(/^Time per head/).fill('0.3')
      await page.getByRole('button', { name: 'Time heads' }).click()
      await page.locator('table[data-table="device-timing"]').waitFor({ timeout: 60_000 })
      const id = await page.locator('[data-timing]').getAttribute('data-timing')
      const timing = JSON.parse(readFileSync(join(workspace, 'splitbench-runs', id!, 'timing.json'), 'utf8'))
      const shown = await readTable(page, 'device-timing')
      for (const { id: head, deviceMs } of timing.heads) {
        expect(shown.get(head)).toMatchObject({
          n: String(deviceMs.n),
          median: formatMs(deviceMs.median),
          p95: formatMs(deviceMs.p95),
        })
        expect(deviceMs.ci95[0]).toBeLessThanOrEqual(deviceMs.median)
        expect(deviceMs.ci95[1]).toBeGreaterThanOrEqual(deviceMs.median)
      }
      const [head] = timing.heads
      await page
        .getByRole('button', { name: `Samples of ${head.framework}` })
        .first()
        .click()
      await expect
        .poll(async () => parseCsv(String(await exported(page, 'Raw samples', 'CSV'))).length, { timeout: 20_000 })
        .toBe(head.deviceMs.n)
      await page.locator('[data-chart="device-histogram"] canvas, [data-chart*="histogram"] canvas').first().waitFor()
    })

    it('in a comparison: intervals stand in the table and are drawn on the bars by default', async () => {
      const { page } = bench
      await goTo(page, 'runs')
      await page
        .getByRole('button', { name: /^Open / })
        .last()
        .click()
      await page.locator('table[data-table="candidates"]').waitFor()
      expect(await page.locator('td[data-column="device"] small').first().textContent()).toMatch(
        /[\d.]+–[\d.]+ (ms|µs)/,
      )
      const rows = parseCsv(String(await exported(page, 'Best cut of each framework', 'CSV')))
      const timed = rows.filter((row) => row.ci95_low_ms !== '')
      expect(timed.length).toBeGreaterThan(0)
      for (const row of timed) expect(Number(row.ci95_low_ms)).toBeLessThan(Number(row.ci95_high_ms))
    })
  },
)
