import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { beforeAll, expect, it } from 'vitest'
import type { LiveRun } from '#common/contract/liveRun.ts'
import { liveRunSchema } from '#common/contract/liveRun.ts'
import type { Comparison } from '#common/contract/result.ts'
import { describeMeasuredRate } from '#common/latency/linkFit.ts'
import { median } from '#common/measurement/statistics.ts'
import { formatMs } from '#common/units.ts'
import { storeRunWithHeads } from '../support/storedHeads.ts'
import { seriousViolations } from './support/axe.ts'
import { exported, goTo, parseCsv, readTable, waitForState } from './support/pages.ts'
import { describeWindow } from './support/window.ts'
import { newWorkspace } from './support/workspace.ts'

let comparison: Comparison

describeWindow(
  'live inference',
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

    const form = () => page.getByRole('form', { name: 'Infer live' })
    const stored = (): LiveRun[] =>
      readdirSync(join(workspace, 'splitbench-runs', comparison.run.id, 'cooperative'))
        .filter((name) => name.endsWith('.json'))
        .sort()
        .map((name) =>
          liveRunSchema.parse(
            JSON.parse(
              readFileSync(join(workspace, 'splitbench-runs', comparison.run.id, 'cooperative', name), 'utf8'),
            ),
          ),
        )

    it('asks for a comparison first, then for a device', async () => {
      const empty = await bench.hosts.open(newWorkspace())
      await goTo(empty.page, 'live')
      await empty.page.getByText('No finished comparison yet').waitFor()
      expect(await seriousViolations(empty.page)).toEqual([])
      await empty.close()
      await goTo(page, 'live')
      await page.getByText('No device yet').waitFor()
      expect(await seriousViolations(page)).toEqual([])
      await page.getByRole('button', { name: 'Add a device' }).click()
      await page.getByRole('button', { name: 'Use a simulated Pi' }).click()
      await page.getByRole('dialog').getByLabel('Name').fill('bench-pi')
      await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click()
      await page.locator('[data-device="bench-pi"]').waitFor()
    })

    it('says what a form lacks, and refuses a query that means nothing', async () => {
      await goTo(page, 'live')
      await form().waitFor()
      await form().getByLabel(/^For/).fill('0')
      await form().getByText('For: enter 0 to 86,400 s.').waitFor()
      expect(await form().getByRole('button', { name: 'Start', exact: true }).isDisabled()).toBe(true)
      await form().getByLabel(/^For/).fill('60')
      await form().getByLabel('Limits').fill('speed <= 3')
      await form().getByRole('button', { name: 'Start', exact: true }).click()
      await form().getByRole('alert').waitFor()
      expect(await form().getByRole('alert').textContent()).toContain('speed')
      await form().getByLabel('Limits').fill('')
      expect(await seriousViolations(page)).toEqual([])
    })

    it('is begun by keyboard alone, and shows image, prediction, parts, link and selection while it runs', async () => {
      await form().getByLabel('Deployed').selectOption('chosen')
      for (const point of ['pool1', 'pool2']) {
        await form().getByLabel(point, { exact: true }).focus()
        await page.keyboard.press('Space')
      }
      await form().getByText('More settings').focus()
      await page.keyboard.press('Enter')
      await form()
        .getByLabel(/^A look at the link every/)
        .focus()
      await page.keyboard.press('Control+A')
      await page.keyboard.type('0.3')
      await page.keyboard.press('Enter')
      await waitForState(page, 'Running')
      await page.locator('[data-prediction]').waitFor({ timeout: 60_000 })
      expect(await page.locator('[data-prediction]').textContent()).toMatch(/^class \d+$/)
      await page.locator('canvas[data-image]').waitFor()
      await page.locator('[data-chart="parts-over-time"] canvas').first().waitFor()
      expect(await page.locator('[data-chosen]').textContent()).toContain('only-splitting')
      expect(await page.locator('[data-link]').textContent()).toContain('paced to wifi')
      await page.locator('table[data-table="selections"]', { hasText: 'first choice at' }).waitFor()
      await page.locator('[data-job][data-state="running"]', { hasText: 'Infer live on bench-pi' }).waitFor()
      expect(await seriousViolations(page)).toEqual([])
    })

    it('goes on to the next images, and ended by its user it stores what it has', async () => {
      const before = await page.locator('canvas[data-image]').getAttribute('data-image')
      await expect
        .poll(() => page.locator('canvas[data-image]').getAttribute('data-image'), { timeout: 20_000 })
        .not.toBe(before)
      await page.getByRole('button', { name: 'Cancel' }).first().click()
      await waitForState(page, 'Finished')
      const [result] = stored()
      expect(result!.device.name).toBe('bench-pi')
      expect(result!.source).toBe('modelled')
      const rows = parseCsv(String(await exported(page, 'Where the time goes', 'CSV')))
      expect(rows.map(({ whole_ms }) => Number(whole_ms))).toEqual(
        result!.turns.map(({ messages }) => median(messages.wholeMs)),
      )
      expect(rows.map(({ partition_point }) => partition_point)).toEqual(
        result!.turns.map(({ partitionPoint }) => partitionPoint),
      )
      const last = result!.turns.at(-1)!.messages
      expect(await page.locator('[data-now] [data-fact="Head"]').textContent()).toBe(formatMs(median(last.headMs)))
    })

    it('is kept, and opened from the runs: every look and candidate with the numbers of its file', async () => {
      await page.getByRole('link', { name: 'open it' }).click()
      await page.locator('[data-live-result]').waitFor()
      await goTo(page, 'runs')
      await page.getByRole('button', { name: `Live inference of ${comparison.run.id}` }).click()
      await page.locator('[data-live-result]').waitFor()
      const { turns } = stored()[0]!
      const all = (of: (messages: LiveRun['turns'][number]['messages']) => number[]): number[] =>
        turns.flatMap(({ messages }) => of(messages))
      const fact = (name: string) => page.locator(`[data-live-result] [data-fact="${name}"]`).textContent()
      expect(await fact('Images')).toBe(String(all(({ wholeMs }) => wholeMs).length))
      expect(await fact('Re-selections')).toBe(String(turns.filter(({ reason }) => reason !== null).length - 1))
      expect(await fact('Device')).toBe('bench-pi')
      const looks = await readTable(page, 'looks')
      expect(looks.size).toBe(turns.length)
      for (const { atS, link, messages, expectedMs } of turns) {
        expect(looks.get(String(atS))).toMatchObject({
          ...{ rate: describeMeasuredRate(link), images: String(messages.wholeMs.length) },
          ...{ wholeMs: formatMs(median(messages.wholeMs)), headMs: formatMs(median(messages.headMs)) },
          expectedMs: formatMs(expectedMs),
        })
      }
      const ran = await readTable(page, 'live-candidates')
      for (const id of new Set(turns.map(({ candidate }) => candidate))) {
        const own = turns.filter(({ candidate }) => candidate === id).map(({ messages }) => messages)
        expect(ran.get(id)).toMatchObject({
          looks: String(own.length),
          whole: formatMs(median(own.flatMap(({ wholeMs }) => wholeMs))),
          server: formatMs(median(own.flatMap(({ serverMs }) => serverMs))),
        })
      }
      const rows = parseCsv(String(await exported(page, 'Looks at the link', 'CSV')))
      expect(rows.map(({ rate_mbit_per_s }) => Number(rate_mbit_per_s))).toEqual(turns.map(({ link }) => link.rateMbps))
      expect(await seriousViolations(page)).toEqual([])
      await goTo(page, 'live')
      await page.getByRole('region', { name: 'Ended' }).locator('li a').first().click()
      await page.locator('[data-live-result]').waitFor()
    })

    it('says why where nothing fits', async () => {
      await goTo(page, 'live')
      await form().getByLabel('Limits').fill('latency <= 1 us')
      await form().getByRole('button', { name: 'Start', exact: true }).click()
      await waitForState(page, 'Failed', 60_000)
      expect(await page.locator('main').getByRole('alert').first().textContent()).toContain('latency')
      await page.locator('[data-nothing]').waitFor()
    })
  },
)
