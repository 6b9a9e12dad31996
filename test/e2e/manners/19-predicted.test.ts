import { expect, it } from 'vitest'
import type { Comparison, Time } from '#common/contract/result.ts'
import { formatMs, formatPercent } from '#common/units.ts'
import { fixtureComparison } from '../../fixtures/comparison.ts'
import { fixtureLayerTimes } from '../../fixtures/layerTimes.ts'
import { exported, goTo, readTable } from '../support/pages.ts'
import { describeWindow } from '../support/window.ts'
import { storeRun } from '../support/workspace.ts'

const measured = { ...fixtureComparison(), layerTimes: fixtureLayerTimes() }
const asModelled = (time: Time | null): Time | null => time && { ...time, source: 'modelled' }
const modelled: Comparison = {
  ...measured,
  layerTimes: null,
  gamma: 5,
  run: { ...measured.run, id: '20261127-090000-gamma5' },
  candidates: measured.candidates.map((candidate) => ({ ...candidate, deviceMs: asModelled(candidate.deviceMs) })),
}

describeWindow(
  '19: predicted and measured are never in one column or one colour',
  {
    async prepare(workspace) {
      await storeRun(workspace, measured)
      await storeRun(workspace, modelled)
    },
  },
  (bench) => {
    const headingOf = async (run: string): Promise<string> => {
      await goTo(bench.page, `compare/run/${run}`)
      const heading = bench.page.locator('table[data-table="candidates"] th[data-heading="device"]')
      await expect.poll(() => heading.textContent()).toBeTruthy()
      return ((await heading.textContent()) ?? '').trim()
    }

    it('headings on the screen and in files say which one it is', async () => {
      expect(await headingOf(measured.run.id)).toContain('measured')
      const first = String(await exported(bench.page, 'Candidates', 'CSV')).split('\r\n')[0]!
      expect(first).toContain('device_measured_ms')
      await goTo(bench.page, 'settings')
      expect(await headingOf(modelled.run.id)).toContain('modelled')
      const second = String(await exported(bench.page, 'Candidates', 'CSV')).split('\r\n')[0]!
      expect(second).toContain('device_modelled_ms')
      expect(second).not.toContain('device_measured_ms')
      // What is computed or composed has columns of its own.
      for (const heads of [first, second]) {
        expect(heads).toContain('transmission_computed_ms')
        expect(heads).toContain('end_to_end_composed_ms')
      }
    })

    it('axes and the result say that the times are modelled', async () => {
      expect(String(await exported(bench.page, 'Accuracy against latency', 'SVG'))).toContain('composed, modelled')
      expect(await bench.page.locator('[data-conditions]').textContent()).toContain('Device times are modelled')
    })

    it('single layers are measured and predicted side by side, with the error of every kind', async () => {
      const { page } = bench
      await goTo(page, `layers/${measured.run.id}`)
      await page.locator('table[data-table="prediction-errors"]').waitFor()
      const table = await readTable(page, 'prediction-errors')
      expect([...table.keys()]).toEqual(measured.layerTimes.errors!.map(({ kind }) => kind))
      for (const { kind, layers, measuredMs, predictedMs, hits } of measured.layerTimes.errors!) {
        expect(table.get(kind)).toMatchObject({
          ...{ layers: String(layers), measured: formatMs(measuredMs), predicted: formatMs(predictedMs) },
          hits: formatPercent(hits),
        })
      }
      const [head, first] = String(await exported(page, 'Single layers on this computer', 'CSV')).split('\r\n')
      expect(head).toBe('layer,measured_profile_ms,standard_error_ms,measured_difference_ms,predicted_ms')
      expect(first!.split(',')[0]).toBe('conv1')
      // A run in which no layer was timed has no such panel.
      await goTo(page, `layers/${modelled.run.id}`)
      await page.locator('table[data-table="layers"]').waitFor()
      await expect.poll(() => page.locator('table[data-table="prediction-errors"]').count()).toBe(0)
    })
  },
)
