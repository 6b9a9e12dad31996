import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Comparison } from '#common/contract/result.ts'
import { exported, goTo, parseCsv } from '../support/pages.ts'
import { storeThreeRuns } from '../support/runs.ts'
import { describeWindow } from '../support/window.ts'

let runs: Comparison[]

describeWindow(
  '21: every chart and table is exported as CSV, PNG, SVG and to the clipboard; a report as LaTeX and PDF',
  {
    async prepare(workspace) {
      runs = await storeThreeRuns(workspace)
    },
  },
  (bench) => {
    it('there is no chart or table without its exports', async () => {
      const { page } = bench
      for (const [place, ready] of [
        [`compare/run/${runs[0]!.run.id}`, 'table[data-table="candidates"]'],
        [`layers/${runs[0]!.run.id}`, 'table[data-table="layers"]'],
        ['runs', 'table[data-table="runs"]'],
      ] as const) {
        await goTo(page, place)
        await page.locator(ready).first().waitFor()
        const panels = page.locator('section.panel').filter({ has: page.locator('[data-chart], table[data-table]') })
        const count = await panels.count()
        expect(count).toBeGreaterThan(1)
        for (let index = 0; index < count; index++) {
          const kinds = await panels
            .nth(index)
            .getByRole('group', { name: /^Export / })
            .getByRole('button')
            .allTextContents()
          expect(kinds.map((kind) => kind.trim())).toEqual(['CSV', 'PNG', 'SVG', 'Copy'])
        }
      }
    })

    it('pictures have twice the size of the screen, numbers their full precision and units in their headings', async () => {
      const { page } = bench
      const rows = parseCsv(String(await exported(page, 'Runs', 'CSV')))
      expect(Object.keys(rows[0]!)).toContain('best_end_to_end_composed_ms')
      const png = await exported(page, 'Best cut of each run', 'PNG')
      const box = await page.locator('[data-chart="best-of-runs"]').boundingBox()
      expect(png.readUInt32BE(16)).toBe(Math.round(box!.width) * 2)
    })

    it('numbers are copied for a spreadsheet', async () => {
      const { page } = bench
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
      await page.getByRole('group', { name: 'Export Runs', exact: true }).getByRole('button', { name: 'Copy' }).click()
      const text: string = await page.evaluate('navigator.clipboard.readText()')
      const lines = text.trimEnd().split('\n')
      expect(lines).toHaveLength(4)
      expect(lines[0]!.split('\t')).toContain('best_end_to_end_composed_ms')
    })

    it('several runs make one report: HTML in the preview; PDF, CSV, JSON and LaTeX with the stored numbers', async () => {
      const { page } = bench
      await goTo(page, `reports/${runs[0]!.run.id}/${runs[1]!.run.id}`)
      const preview = page.frameLocator('[data-preview]')
      await preview.locator('h1').waitFor({ timeout: 30_000 })
      expect(await preview.locator('#best tbody tr').count()).toBe(2)
      const take = async (format: string): Promise<Buffer> => {
        const [download] = await Promise.all([
          page.waitForEvent('download', { timeout: 90_000 }),
          page.locator('header').getByRole('button', { name: format, exact: true }).click(),
        ])
        return readFileSync(await download.path())
      }
      const pdf = await take('PDF')
      expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
      expect(pdf.length).toBeGreaterThan(20_000)
      const json = JSON.parse(String(await take('JSON')))
      expect(json.comparisons.map(({ run }: Comparison) => run.id)).toEqual(runs.slice(0, 2).map(({ run }) => run.id))
      expect(json.comparisons[0].candidates).toEqual(
        JSON.parse(readFileSync(join(bench.workspace, 'splitbench-runs', runs[0]!.run.id, 'comparison.json'), 'utf8'))
          .candidates,
      )
      const csv = parseCsv(String(await take('CSV')))
      expect(new Set(csv.map(({ run_id }) => run_id))).toEqual(new Set(runs.slice(0, 2).map(({ run }) => run.id)))
      const latex = String(await take('LaTeX'))
      expect(latex).toContain('\\toprule')
      expect(latex.match(/\\\\$/gm)!.length).toBeGreaterThanOrEqual(3)
    })
  },
)
