import type { Page } from 'playwright'
import { afterAll, beforeAll, expect } from 'vitest'
import type { SerialPi } from '../hardware/virtualPi/serialPi.ts'
import { startSerialPi } from '../hardware/virtualPi/serialPi.ts'
import { itWith, missing } from '../support/requires.ts'
import { seriousViolations } from './support/axe.ts'
import { describeHost } from './support/describe.ts'
import type { Hosts, OpenWorkbench } from './support/host.ts'
import { openHosts } from './support/host.ts'
import { goTo } from './support/pages.ts'
import { newWorkspace } from './support/workspace.ts'

const waiting = { timeout: 60_000 }

describeHost('a board on a serial line', () => {
  let line: SerialPi
  let hosts: Hosts
  let workbench: OpenWorkbench
  let page: Page

  beforeAll(async () => {
    if (missing('serial')) return
    line = await startSerialPi({ baud: 115_200 })
    hosts = await openHosts()
    workbench = await hosts.open(newWorkspace())
    page = workbench.page
  })
  afterAll(async () => {
    await workbench?.close()
    await hosts?.close()
    await line?.stop()
  })

  const says = (text: RegExp) => page.locator('[role="log"] p').filter({ hasText: text }).last().waitFor(waiting)
  const type = async (text: string): Promise<void> => {
    await page.getByLabel('Line to send').fill(text)
    await page.keyboard.press('Enter')
  }

  itWith('serial', 'is added by its path, shows its login, and runs what is typed', async () => {
    await goTo(page, 'devices')
    await page.getByRole('button', { name: 'Pick a serial port' }).click()
    await page.getByLabel('Port', { exact: true }).fill(line.path)
    await page.getByLabel('Name').fill('wired')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.locator('[data-device="wired"]').waitFor()
    await page.getByRole('link', { name: 'Console' }).click()
    await page.getByRole('button', { name: 'Open console' }).click()
    await expect.poll(() => page.getByLabel('Line to send').isEnabled(), waiting).toBe(true)
    await type('')
    await says(/login:/)
    await type('pi')
    await says(/Password:/)
    await type(line.pi.password)
    await says(/\$\s*$/)
    await type('echo $((6 * 7)) on $(uname -m)')
    await says(/42 on aarch64/)
    expect(await seriousViolations(page)).toEqual([])
  })

  itWith('serial', 'hides its times, stops following when the user scrolls up, and follows again', async () => {
    await type('seq 1 300; echo the end')
    await says(/300$/)
    await expect.poll(() => page.getByLabel('Follow').isChecked(), waiting).toBe(true)
    await page.getByLabel('Times').uncheck()
    await expect.poll(() => page.locator('[role="log"] .at').count(), waiting).toBe(0)
    await page.locator('[role="log"]').hover()
    await page.mouse.wheel(0, -2000)
    await expect.poll(() => page.getByLabel('Follow').isChecked(), waiting).toBe(false)
    await page.getByLabel('Follow').check()
    await says(/\$\s*$/)
    await page.getByRole('button', { name: 'Close' }).click()
    await page.getByRole('button', { name: 'Open console' }).waitFor()
  })
})
