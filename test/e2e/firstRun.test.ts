import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect } from 'vitest'
import { chartGuide } from '../../src/renderer/pages/overview/firstRun.ts'
import { itWith } from '../support/requires.ts'
import { seriousViolations } from './support/axe.ts'
import { describeHost } from './support/describe.ts'
import type { Hosts, OpenWorkbench } from './support/host.ts'
import { openHosts } from './support/host.ts'
import { readTable } from './support/pages.ts'
import { newWorkspace, readRun } from './support/workspace.ts'

describeHost('the first run', () => {
  let hosts: Hosts
  let workbench: OpenWorkbench
  let workspace: string
  beforeAll(async () => {
    workspace = newWorkspace()
    hosts = await openHosts()
    workbench = await hosts.open(workspace)
  })
  afterAll(async () => {
    await workbench?.close()
    await hosts?.close()
  })

  itWith(
    'tensorflow',
    'is two clicks from an empty workspace to a finished comparison with each chart explained',
    async () => {
      const page: Page = workbench.page
      let clicks = 0
      const click = async (name: string): Promise<void> => {
        await page.getByRole('button', { name, exact: true }).click()
        clicks++
      }
      await click('Try it on a simulated Pi')
      await page.locator('[data-start]').waitFor()
      expect(await seriousViolations(page)).toEqual([])
      await click('Start')
      // It opens by itself.
      await page.locator('[data-guide]').waitFor({ timeout: 240_000 })
      expect(clicks).toBeLessThanOrEqual(3)
      const [run] = readdirSync(join(workspace, 'splitbench-runs')).filter((name) => !name.startsWith('.'))
      const { candidates, device } = readRun(workspace, run!)
      expect(device.kind).toBe('simulated')
      expect([...(await readTable(page, 'candidates')).keys()].sort()).toEqual(candidates.map(({ id }) => id).sort())
      const guide = await page.locator('[data-guide]').textContent()
      for (const { chart } of chartGuide) expect(guide).toContain(chart)
      expect(await seriousViolations(page)).toEqual([])
    },
  )
})
