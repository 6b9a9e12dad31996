import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { fixtureComparison } from '../../fixtures/comparison.ts'
import { goTo } from '../support/pages.ts'
import { describeWindow } from '../support/window.ts'
import { storeRun } from '../support/workspace.ts'

const comparison = fixtureComparison()

describeWindow(
  '25: errors say what, why and what next, with details to copy; empty places name the next action',
  {
    prepare(workspace) {
      mkdirSync(join(workspace, 'no-images'))
    },
  },
  (bench) => {
    it('an empty workspace names the next action on every page', async () => {
      const { page } = bench
      for (const [place, action] of [
        ['overview', 'Try it on a simulated Pi'],
        ['layers', 'Start a comparison'],
        ['devices', 'Use a simulated Pi'],
        ['runs', 'Start a comparison'],
        ['reports', 'Start a comparison'],
      ] as const) {
        await goTo(page, place)
        await page.locator('main').getByRole('button', { name: action }).waitFor()
      }
      await goTo(page, 'train')
      await page.getByText('Train one, then prune it here').waitFor()
    })

    it('bad input is an error beside its form, not modal, whose details are copied', async () => {
      const { page, workspace } = bench
      await goTo(page, 'train')
      const form = page.getByRole('form', { name: 'Train' })
      await form.getByLabel('Images', { exact: true }).selectOption('folder')
      await form.getByLabel('Folder of images').fill(join(workspace, 'no-images'))
      await form.getByRole('button', { name: 'Start training' }).click()
      const alert = page.getByRole('alert').first()
      await alert.waitFor({ timeout: 60_000 })
      const [what, next] = await alert.locator('p').allTextContents()
      expect(what).toContain('no-images')
      expect(next).toBeTruthy()
      expect(await alert.textContent()).not.toMatch(/\bat .*\.(ts|js):\d+/)
      expect(await page.getByRole('alertdialog').count()).toBe(0)
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
      await alert.getByRole('button', { name: 'Copy details' }).click()
      const copied = JSON.parse(await page.evaluate('navigator.clipboard.readText()'))
      expect(copied).toMatchObject({ code: expect.any(String), message: what })
    })

    it('a run that cannot be read is on the list, with what is wrong, and the others work', async () => {
      const { page, workspace } = bench
      await storeRun(workspace, comparison)
      const broken = { ...comparison, run: { ...comparison.run, id: '20261127-080000-broken' } }
      await storeRun(workspace, { ...broken, candidates: 'none' as never }).catch(() => {})
      await goTo(page, 'runs')
      await page.locator(`tr[data-row="${comparison.run.id}"]`).waitFor()
      await page.getByRole('button', { name: `Open ${comparison.run.id}` }).click()
      await page.locator('[data-headline]').waitFor()
      await goTo(page, 'compare/run/no-such-run')
      await page.getByRole('alert').getByText('There is no run "no-such-run"').waitFor()
    })
  },
)
