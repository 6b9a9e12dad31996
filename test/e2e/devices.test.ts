import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { beforeAll, expect, it } from 'vitest'
import type { DeviceTiming } from '#common/contract/deviceTiming.ts'
import type { Comparison } from '#common/contract/result.ts'
import { formatCompute, formatMs } from '#common/units.ts'
import { storeRunWithHeads } from '../support/storedHeads.ts'
import { seriousViolations } from './support/axe.ts'
import { exported, goTo, parseCsv, readTable } from './support/pages.ts'
import { describeWindow } from './support/window.ts'

let comparison: Comparison

describeWindow(
  'devices',
  {
    async prepare(workspace) {
      comparison = await storeRunWithHeads(workspace)
    },
  },
  (bench) => {
    let page: Page

    let workspace: string

    beforeAll(() => {
      ;({ page, workspace } = bench)
    })

    const untilState = (state: string) =>
      page.locator(`[data-device="bench-pi"][data-state="${state}"]`).waitFor({ timeout: 30_000 })
    const timed = async (): Promise<DeviceTiming> => {
      const table = page.locator('table[data-table="device-timing"]')
      await table.waitFor({ timeout: 60_000 })
      const id = await page.locator('[data-timing]').getAttribute('data-timing')
      return JSON.parse(readFileSync(join(workspace, 'splitbench-runs', id!, 'timing.json'), 'utf8'))
    }

    it('are none at first, with the next actions; adding refuses what is no address and names it', async () => {
      await goTo(page, 'devices')
      await page.getByText('No device yet').waitFor()
      expect(await seriousViolations(page)).toEqual([])
      await page.getByRole('button', { name: 'Add by SSH' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.waitFor()
      expect(await seriousViolations(page)).toEqual([])
      await dialog.getByRole('button', { name: 'Add', exact: true }).click()
      await dialog.getByText('Host: enter an address').waitFor()
      await dialog.getByLabel('Serial line').check()
      await dialog.getByRole('button', { name: 'Add', exact: true }).click()
      await dialog.getByText('Port: choose one').waitFor()
      await page.keyboard.press('Escape')
      await dialog.waitFor({ state: 'detached' })
      await page.getByText('No device yet').waitFor()
    })

    it('that are simulated are added, connected and probed, and labelled as what they are', async () => {
      await page.getByRole('button', { name: 'Use a simulated Pi' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Name').fill('bench-pi')
      await dialog.getByRole('button', { name: 'Add', exact: true }).click()
      await untilState('idle')
      const view = page.locator('[data-device-view]')
      expect(await view.locator('.badge').textContent()).toBe('simulated')
      await view.getByRole('button', { name: 'Connect' }).click()
      await untilState('connected')
      expect(await view.locator('[data-fact="Board"]').textContent()).toContain('Raspberry Pi 4 Model B (simulated)')
      expect(await view.locator('[data-fact="Clock"]').textContent()).toBe('1800 MHz')
      expect(await view.locator('[data-fact="Throttle flags"]').textContent()).toBe('0x0')
      await view.getByRole('button', { name: 'Probe', exact: true }).click()
      await page.locator('[data-job][data-state="finished"]', { hasText: 'Probe bench-pi' }).waitFor()
      await view.getByRole('button', { name: 'Disconnect' }).click()
      await untilState('idle')
    })

    it('get heads pushed and timed; the exact numbers of the stored result are shown', async () => {
      await page.getByRole('link', { name: 'Timing' }).click()
      await page.getByLabel(/^Time per head/).fill('0.3')
      await page.getByRole('button', { name: 'Push heads' }).click()
      await page.locator('[data-job][data-state="finished"]', { hasText: 'Push heads to bench-pi' }).waitFor()
      await page.getByRole('button', { name: 'Time heads' }).click()
      const timing = await timed()
      expect(timing.heads.map(({ id }) => id)).toEqual(comparison.candidates.map(({ id }) => id))
      const shown = await readTable(page, 'device-timing')
      for (const head of timing.heads) {
        expect(shown.get(head.id)).toMatchObject({
          point: head.partitionPoint,
          macs: formatCompute(head.headMacs),
          median: formatMs(head.deviceMs.median),
          p95: formatMs(head.deviceMs.p95),
          n: String(head.deviceMs.n),
          source: 'modelled',
          stored: formatMs(head.storedMs!.median),
        })
      }
      const rows = parseCsv(String(await exported(page, 'Heads on bench-pi', 'CSV')))
      expect(rows.map(({ device_median_ms }) => Number(device_median_ms))).toEqual(
        timing.heads.map(({ deviceMs }) => deviceMs.median),
      )
    })

    it('show raw samples and their histogram, whose exports hold every run', async () => {
      const timing = await timed()
      const [, head] = timing.heads
      await page
        .getByRole('button', { name: `Samples of ${head!.framework}` })
        .nth(1)
        .click()
      await page.locator('[data-chart="device-samples"] canvas').first().waitFor()
      await expect
        .poll(async () => parseCsv(String(await exported(page, 'Raw samples', 'CSV'))).length, { timeout: 20_000 })
        .toBe(head!.deviceMs.n)
      const bins = parseCsv(String(await exported(page, 'Histogram', 'CSV')))
      expect(bins.reduce((sum, { runs }) => sum + Number(runs), 0)).toBe(head!.deviceMs.n)
      expect(String(await exported(page, 'Raw samples', 'SVG'))).toContain('median')
      expect(await seriousViolations(page)).toEqual([])
    })

    it('keep what was timed when the page is loaded again, and are offered to comparisons', async () => {
      await page.reload()
      await page.locator('table[data-table="device-timing"]').waitFor()
      await goTo(page, 'compare')
      await page.getByLabel('Device', { exact: true }).selectOption('bench-pi')
      await goTo(page, 'devices')
      await page.locator('[data-device="bench-pi"]').waitFor()
    })

    it('get the selected candidate, and no other, from the Select page', async () => {
      await goTo(page, `select/${comparison.run.id}`)
      await page.getByLabel('Where').fill('cut = pool2')
      await page.getByLabel('Deploy to').selectOption('bench-pi')
      await page.getByRole('button', { name: 'Deploy this' }).click()
      await page.locator('[data-deployed]', { hasText: 'cut at pool2 is on bench-pi; its hash' }).waitFor()
      const chosen = comparison.candidates.find(({ partitionPoint }) => partitionPoint === 'pool2')!
      const job = page.locator('[data-job]', { hasText: 'Push heads to bench-pi' }).first()
      expect(await job.locator('a.title').getAttribute('title')).toBe(
        `npm run splitbench -- device push bench-pi --run splitbench-runs/${comparison.run.id} --candidates ${chosen.id}`,
      )
    })

    for (const theme of ['Light', 'Dark']) {
      it(`fit the window and twice the zoom, without anything serious for axe: ${theme}`, async () => {
        await goTo(page, 'settings')
        await page.getByLabel(theme, { exact: true }).check()
        for (const tab of ['card', 'timing']) {
          await goTo(page, `devices/bench-pi/${tab}`)
          await page.locator('[data-device-view] .panel').first().waitFor()
          expect(await seriousViolations(page)).toEqual([])
          for (const [width, height] of [
            [1280, 800],
            [640, 400],
          ] as const) {
            await page.setViewportSize({ width, height })
            await expect
              .poll(() => page.locator('main').evaluate((main) => main.scrollWidth - main.clientWidth), {
                timeout: 10_000,
              })
              .toBe(0)
          }
          await page.setViewportSize({ width: 1280, height: 800 })
        }
      })
    }

    it('are forgotten only after a question', async () => {
      await goTo(page, 'devices')
      await page.getByRole('button', { name: 'Remove' }).click()
      await page.getByRole('alertdialog').getByRole('button', { name: 'Keep' }).click()
      await page.getByRole('alertdialog').waitFor({ state: 'detached' })
      await page.getByRole('button', { name: 'Remove' }).click()
      await page.getByRole('alertdialog').getByRole('button', { name: 'Forget' }).click()
      await page.getByText('No device yet').waitFor()
    })
  },
)
