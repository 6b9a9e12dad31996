import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { fixtureComparison } from '../fixtures/comparison.ts'
import { describeHost } from './support/describe.ts'
import type { Hosts, OpenWorkbench } from './support/host.ts'
import { openHosts } from './support/host.ts'
import { goTo } from './support/pages.ts'
import { newWorkspace, storeRuns } from './support/workspace.ts'

const count = 70

describeHost('a workspace of many runs', () => {
  let hosts: Hosts
  let workbench: OpenWorkbench
  let page: Page
  const rows = () => page.locator('table[data-table="runs"] tbody tr')

  beforeAll(async () => {
    const workspace = newWorkspace()
    storeRuns(workspace, fixtureComparison({ points: ['pool1'] }), count)
    hosts = await openHosts()
    workbench = await hosts.open(workspace)
    page = workbench.page
    await goTo(page, 'runs')
    await rows().first().waitFor()
  })
  afterAll(async () => {
    await workbench?.close()
    await hosts?.close()
  })

  it('lists the newest first and says how many there are, but draws the first ones only', async () => {
    await page.getByText(`${count} rows`, { exact: true }).waitFor()
    expect(await rows().count()).toBe(25)
    expect(await rows().first().getAttribute('data-row')).toBe('run-0000')
  })

  it('draws more as one scrolls, and all when they are asked for', async () => {
    const region = page.getByRole('region', { name: /^Runs/ }).last()
    await region.evaluate((element) => element.scrollTo(0, element.scrollHeight))
    await expect.poll(() => rows().count()).toBe(50)
    await page.getByRole('button', { name: `Show all ${count} rows` }).click()
    expect(await rows().count()).toBe(count)
    expect(await rows().last().getAttribute('data-row')).toBe(`run-00${count - 1}`)
    expect(await page.getByRole('button', { name: /^Show all/ }).count()).toBe(0)
  })
})
