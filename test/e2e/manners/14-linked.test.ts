import { expect, it } from 'vitest'
import { fixtureComparison } from '../../fixtures/comparison.ts'
import { goTo } from '../support/pages.ts'
import { describeWindow } from '../support/window.ts'
import { storeRun } from '../support/workspace.ts'

const comparison = fixtureComparison()

describeWindow(
  '14: parameters and metrics are on one page; a row that is pointed at lights up its marks',
  { prepare: (workspace) => storeRun(workspace, comparison) },
  (bench) => {
    const picture = (chart: string): Promise<string> =>
      bench.page
        .locator(`[data-chart="${chart}"] canvas`)
        .first()
        .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL())

    it('in the scatter and on its line over the rate, and back when the pointer leaves', async () => {
      const { page } = bench
      await goTo(page, `compare/run/${comparison.run.id}`)
      const rows = page.locator('table[data-table="candidates"] tr[data-row]')
      await rows.first().waitFor()
      await rows.nth(5).scrollIntoViewIfNeeded()
      await page.mouse.move(640, 5)
      const quiet = { line: await picture('latency-over-rate'), dot: await picture('accuracy-latency') }
      await rows.nth(5).hover()
      await expect.poll(() => picture('latency-over-rate')).not.toBe(quiet.line)
      await expect.poll(() => picture('accuracy-latency')).not.toBe(quiet.dot)
      const fifth = await picture('latency-over-rate')
      await rows.nth(7).hover()
      await expect.poll(() => picture('latency-over-rate')).not.toBe(fifth)
      const seventh = await picture('latency-over-rate')
      await page.mouse.move(640, 5)
      await expect.poll(() => picture('latency-over-rate')).not.toBe(seventh)
    })

    it('by keyboard, too', async () => {
      const { page } = bench
      const quiet = await picture('latency-over-rate')
      await page.locator('table[data-table="candidates"] tr[data-row]').nth(3).getByRole('button').focus()
      await expect.poll(() => picture('latency-over-rate')).not.toBe(quiet)
    })

    it('the configuration is on the same page', async () => {
      await bench.page.getByText('How to do this again').click()
      expect(await bench.page.locator('[data-reproduce] [data-fact="Command"]').textContent()).toBe(
        comparison.run.command,
      )
    })
  },
)
