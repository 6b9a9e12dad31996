import { expect, it } from 'vitest'
import type { Comparison, Time } from '#common/contract/result.ts'
import { fixtureComparison } from '../../fixtures/comparison.ts'
import { describeManner } from '../support/manner.ts'
import { exported, goTo } from '../support/pages.ts'
import { storeRun } from '../support/workspace.ts'

const measured = fixtureComparison()
const asModelled = (time: Time | null): Time | null => time && { ...time, source: 'modelled' }
const modelled: Comparison = {
  ...measured,
  gamma: 5,
  run: { ...measured.run, id: '20261127-090000-gamma5' },
  candidates: measured.candidates.map((candidate) => ({ ...candidate, deviceMs: asModelled(candidate.deviceMs) })),
}

describeManner(
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
  },
)
