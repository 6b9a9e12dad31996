import { expect, it } from 'vitest'
import type { Comparison, Conditions } from '#common/contract/result.ts'
import { timingWarnings } from '#common/measurement/warnings.ts'
import { fixtureComparison } from '../../fixtures/comparison.ts'
import { goTo } from '../support/pages.ts'
import { describeWindow } from '../support/window.ts'
import { storeRun } from '../support/workspace.ts'

const fixture = fixtureComparison({ device: 'board' })
const bad: Conditions = {
  clockMhz: 600,
  temperatureC: 84,
  throttled: '0x50005',
  governor: 'ondemand',
  load1: 3.2,
  otherCores: 2.5,
  nominalMhz: 1800,
  onBattery: true,
}
/** 34 °C in a minute. */
const during = [0, 12, 24, 36, 48, 60].map((atS) => ({
  atS,
  conditions: { ...bad, temperatureC: 50 + (atS * 34) / 60 },
}))
const hot: Comparison = {
  ...fixture,
  device: { ...fixture.device, conditions: { before: { ...bad, temperatureC: 50 }, after: bad, during } },
}

describeWindow(
  '18: conditions that spoil times stand in a yellow strip, and the report prints them',
  { prepare: (workspace) => storeRun(workspace, hot) },
  (bench) => {
    const about: [what: string, words: RegExp][] = [
      ['governor', /governor is "ondemand"/],
      ['clock', /down to 600 MHz, below its nominal 1800 MHz/],
      ['throttling', /while timing: under-voltage, it was throttled/],
      ['temperature', /grew warmer while timing, by 34 °C/],
      ['other work', /other work kept 2\.5 cores busy/],
      ['battery', /on battery/],
    ]

    it('above the result', async () => {
      const { page } = bench
      await goTo(page, `compare/run/${hot.run.id}`)
      const strip = page.locator('[data-conditions]')
      await strip.waitFor()
      const text = (await strip.textContent()) ?? ''
      for (const [what, words] of about) expect(text, what).toMatch(words)
      expect(await strip.locator('li').allTextContents()).toEqual(timingWarnings(hot))
    })

    it('on top of the report', async () => {
      const { page } = bench
      await goTo(page, `runs/report/${hot.run.id}`)
      const text = (await page.frameLocator('iframe').locator('.warning').first().textContent()) ?? ''
      for (const warning of timingWarnings(hot)) expect(text).toContain(warning)
    })
  },
)
