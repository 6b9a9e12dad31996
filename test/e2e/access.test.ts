import type { Page } from 'playwright'
import { beforeAll, expect, it } from 'vitest'
import { fixtureComparison } from '../fixtures/comparison.ts'
import { fixtureLayerTimes } from '../fixtures/layerTimes.ts'
import { fixtureLive } from '../fixtures/liveRun.ts'
import { fixtureProfile } from '../fixtures/modelProfile.ts'
import { fixturePreprocessing } from '../fixtures/preprocessing.ts'
import { seriousViolations } from './support/axe.ts'
import { goTo } from './support/pages.ts'
import { describeWindow } from './support/window.ts'
import { storeLive, storeProfile, storeRun, storeSweep } from './support/workspace.ts'

const comparison = { ...fixtureComparison(), layerTimes: fixtureLayerTimes() }
const { id } = comparison.run
const profile = fixtureProfile()
const sweep = fixturePreprocessing()
const live = fixtureLive(comparison)

/** Every page, with what shows that it is complete. */
const places: [place: string, ready: string][] = [
  ['overview', '[data-next]'],
  ['overview/guide', '[data-start]'],
  ['compare', '[data-plan] li'],
  [`compare/run/${id}`, 'table[data-table="candidates"]'],
  ['compare/job/none', 'text=This job is no longer on the list'],
  [`compare/run/${id}/guide`, '[data-guide]'],
  [`layers/${id}`, 'table[data-table="prediction-errors"]'],
  [`select/${id}`, 'table[data-table="shortlist"]'],
  ['profile', '[data-drop]'],
  [`profile/run/${profile.run.id}`, 'table[data-table="profile-layers"]'],
  ['devices', 'text=No device yet'],
  ['train', 'form[aria-label="Train"]'],
  ['criteria', 'h1'],
  ['live', 'text=No device yet'],
  [`live/run/${id}`, 'table[data-table="looks"]'],
  ['preprocess', 'form[aria-label="Pre-process"]'],
  [`preprocess/run/${sweep.run.id}`, 'table[data-table="preprocess"]'],
  ['runs', 'table[data-table="runs"]'],
  [`reports/${id}`, '[data-preview]'],
  [`runs/report/${id}`, 'iframe'],
  ['settings', 'text=Desktop process'],
]

describeWindow(
  'every page',
  {
    async prepare(workspace) {
      await storeRun(workspace, comparison)
      await storeProfile(workspace, profile)
      storeSweep(workspace, 'preprocess', sweep)
      storeLive(workspace, live)
    },
  },
  (bench) => {
    let page: Page

    beforeAll(() => {
      ;({ page } = bench)
    })

    for (const theme of ['Light', 'Dark']) {
      for (const [place, ready] of places) {
        it(`has nothing serious for axe and is not clipped: ${place.replace(id, '<run>')}, ${theme}`, async () => {
          await goTo(page, 'settings')
          await page.getByLabel(theme, { exact: true }).check()
          await goTo(page, place)
          await page.locator(ready).first().waitFor()
          expect(await seriousViolations(page)).toEqual([])
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(1280)
          expect(await page.locator('main').evaluate((main) => main.scrollWidth - main.clientWidth)).toBe(0)
        })
      }
    }

    it('asks before it deletes, in a dialog without anything serious for axe', async () => {
      await goTo(page, 'runs')
      await page.getByRole('button', { name: `Delete ${id}` }).click()
      await page.getByRole('alertdialog').waitFor()
      expect(await seriousViolations(page)).toEqual([])
      await page.getByRole('button', { name: 'Keep' }).click()
      await page.getByRole('alertdialog').waitFor({ state: 'detached' })
    })

    it('is reached by keyboard, with the focus to be seen', async () => {
      await goTo(page, 'settings')
      const titles = await page.locator('nav a').allTextContents()
      // The tenth of them.
      await page.keyboard.press(`Alt+${(titles.indexOf('Runs') + 1) % 10}`)
      await expect.poll(() => page.locator('h1').textContent()).toBe('Runs')
      await page.keyboard.press('Tab')
      const seen = new Set<string>()
      for (let presses = 0; presses < 40; presses++) {
        const focus = await page.evaluate(() => {
          const element = document.activeElement as HTMLElement
          const style = getComputedStyle(element)
          return {
            name: element.textContent?.trim() ?? '',
            outlined: style.outlineStyle !== 'none' || style.boxShadow !== 'none' || element === document.body,
          }
        })
        expect(focus.outlined, focus.name).toBe(true)
        seen.add(focus.name)
        await page.keyboard.press('Tab')
      }
      for (const action of ['Open', 'Report', 'Delete', 'New comparison', 'CSV']) expect([...seen]).toContain(action)
    })
  },
)
