import { afterEach, expect, it } from 'vitest'
import { chooseUnits, formatBytes, formatCompute, formatMs, reportUnits } from '#common/units.ts'
import { fixtureComparison } from '../../fixtures/comparison.ts'
import { exported, goTo, readTable } from '../support/pages.ts'
import { describeWindow } from '../support/window.ts'
import { storeRun } from '../support/workspace.ts'

const comparison = fixtureComparison()
const { id } = comparison.run

describeWindow(
  '15: units are always shown and switchable; prefixes are never mixed; exports keep full precision',
  { prepare: (workspace) => storeRun(workspace, comparison) },
  (bench) => {
    afterEach(() => chooseUnits(reportUnits))

    it('times, bytes and computation follow the choice, in every table, after a restart too', async () => {
      const { page } = bench
      await goTo(page, `compare/run/${id}`)
      await page.locator('table[data-table="candidates"]').waitFor()
      const csv = String(await exported(page, 'Candidates', 'CSV'))
      await goTo(page, 'settings')
      await page.getByLabel('Times').selectOption('µs')
      await page.getByLabel('Bytes').selectOption('binary')
      await page.getByLabel('Computation').selectOption('FLOPs')
      await page.reload()
      await goTo(page, `compare/run/${id}`)
      await page.locator('table[data-table="candidates"]').waitFor()
      const shown = await readTable(page, 'candidates')
      chooseUnits({ time: 'µs', bytes: 'binary', compute: 'FLOPs' })
      for (const candidate of comparison.candidates) {
        const cells = shown.get(candidate.id)!
        expect(cells.payload).toBe(formatBytes(candidate.payloadBytes))
        expect(cells.headMacs).toBe(formatCompute(candidate.headMacs))
        expect(cells.device).toBe(formatMs(candidate.deviceMs!.median))
        expect(cells.payload).not.toMatch(/[kM]B$/)
        expect(cells.device).toMatch(/ µs$/)
        expect(cells.headMacs).toMatch(/FLOPs$/)
      }
      expect(await page.locator('table[data-table="candidates"] th[data-heading="headMacs"]').textContent()).toContain(
        'FLOPs',
      )
      // Files do not change with what is on the screen.
      const rows = (text: string): string[] => text.split('\r\n').slice(1).sort()
      expect(rows(String(await exported(page, 'Candidates', 'CSV')))).toEqual(rows(csv))
    })

    it('figures are aligned right in digits of one width, with three or four of them', async () => {
      const { page } = bench
      const cell = page.locator('table[data-table="candidates"] td[data-column="endToEnd"]').first()
      const style = await cell.evaluate((one) => {
        const { textAlign, fontVariantNumeric } = getComputedStyle(one)
        return { textAlign, fontVariantNumeric }
      })
      expect(style).toEqual({ textAlign: 'right', fontVariantNumeric: 'tabular-nums' })
      for (const text of await page
        .locator('td[data-column="accuracy"], td[data-column="payload"]')
        .evaluateAll((cells) => cells.map((one) => one.firstChild?.textContent?.trim() ?? ''))) {
        expect(text).toMatch(/^\d[\d.]* (%|B|KiB|MiB)$/)
      }
    })
  },
)
