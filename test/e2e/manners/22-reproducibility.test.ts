import { expect, it } from 'vitest'
import { fixtureComparison } from '../../fixtures/comparison.ts'
import { goTo } from '../support/pages.ts'
import { describeWindow } from '../support/window.ts'
import { storeRun } from '../support/workspace.ts'

const comparison = fixtureComparison({ device: 'board' })
const { run, dataset, device, server } = comparison

describeWindow(
  '22: every run and report says how to do it again',
  { prepare: (workspace) => storeRun(workspace, comparison) },
  (bench) => {
    const wanted: [what: string, text: string][] = [
      ['command', run.command],
      ['seed', String(run.seed)],
      ['hash of the images', dataset.hash],
      ['split', `${dataset.train} training, ${dataset.validation} validation, ${dataset.test} test`],
      ['configuration', run.configHash],
      ['version', run.versions.splitbench!],
      ['runtime of the device', device.runtime],
      ['kernel of the device', device.kernel],
      ['server', server.cpu],
      ...Object.entries(run.versions).map(([name, version]): [string, string] => [name, `${name} ${version}`]),
    ]

    it('in the window, to be copied', async () => {
      const { page } = bench
      await goTo(page, `compare/run/${run.id}`)
      await page.getByText('How to do this again').click()
      const block = page.locator('[data-reproduce]')
      const text = (await block.textContent()) ?? ''
      for (const [what, words] of wanted) expect(text, what).toContain(words)
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
      await block.getByRole('button', { name: 'Copy all' }).click()
      const copied: string = await page.evaluate('navigator.clipboard.readText()')
      expect(copied).toContain(`Command: ${run.command}\n`)
    })

    it('in the report', async () => {
      const { page } = bench
      await goTo(page, `runs/report/${run.id}`)
      const text = (await page.frameLocator('iframe').locator('#conditions').textContent()) ?? ''
      for (const [what, words] of wanted) expect(text, what).toContain(words)
    })
  },
)
