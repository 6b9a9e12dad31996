import { expect, it } from 'vitest'
import { slotDash, slotMarker } from '#common/charts/theme.ts'
import { chartThemes } from '../../../src/renderer/theme/chartTheme.ts'
import { fixtureComparison } from '../../fixtures/comparison.ts'
import { seriousViolations } from '../support/axe.ts'
import { goTo } from '../support/pages.ts'
import { describeWindow } from '../support/window.ts'
import { storeRun } from '../support/workspace.ts'

const comparison = fixtureComparison()

describeWindow(
  '23: dark, light, or as the system; charts follow without a reload',
  { prepare: (workspace) => storeRun(workspace, comparison) },
  (bench) => {
    const picture = (): Promise<string> =>
      bench.page
        .locator('[data-chart="best-cuts"] canvas')
        .first()
        .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL())
    const background = (): Promise<string> => bench.page.evaluate('getComputedStyle(document.body).backgroundColor')

    it('follows the system while it is told to, charts included', async () => {
      const { page } = bench
      await page.emulateMedia({ colorScheme: 'light' })
      await goTo(page, `compare/run/${comparison.run.id}`)
      await page.locator('[data-chart="best-cuts"] canvas').first().waitFor()
      const [light, drawn] = [await background(), await picture()]
      await page.emulateMedia({ colorScheme: 'dark' })
      await expect.poll(background, { timeout: 15_000 }).not.toBe(light)
      await expect.poll(picture, { timeout: 15_000 }).not.toBe(drawn)
      expect(await seriousViolations(page)).toEqual([])
    })

    it('stays as chosen, whatever the system says', async () => {
      const { page } = bench
      await goTo(page, 'settings')
      await page.getByLabel('Light', { exact: true }).check()
      const light = await background()
      await page.emulateMedia({ colorScheme: 'dark' })
      await page.reload()
      await expect.poll(background, { timeout: 15_000 }).toBe(light)
    })

    it('no two of the first eight series differ by colour alone', () => {
      for (const theme of Object.values(chartThemes)) {
        const looks = Array.from({ length: 8 }, (_, slot) => {
          const { symbol, itemStyle } = slotMarker(theme, slot)
          return JSON.stringify([symbol, 'borderColor' in itemStyle, slotDash(slot)])
        })
        expect(new Set(looks).size).toBe(8)
      }
    })
  },
)
