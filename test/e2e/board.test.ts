import { createHash } from 'node:crypto'
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect } from 'vitest'
import type { VirtualPi } from '../hardware/virtualPi/virtualPi.ts'
import { startVirtualPi } from '../hardware/virtualPi/virtualPi.ts'
import { itWith, missing } from '../support/requires.ts'
import { seriousViolations } from './support/axe.ts'
import { describeHost } from './support/describe.ts'
import type { Hosts, OpenWorkbench } from './support/host.ts'
import { openHosts } from './support/host.ts'
import { goTo } from './support/pages.ts'
import { newWorkspace } from './support/workspace.ts'

const waiting = { timeout: 30_000 }

describeHost('a board over SSH', () => {
  let pi: VirtualPi
  let hosts: Hosts
  let workbench: OpenWorkbench
  let page: Page

  beforeAll(async () => {
    if (missing('sshd')) return
    pi = await startVirtualPi()
    hosts = await openHosts()
    workbench = await hosts.open(newWorkspace())
    page = workbench.page
  })
  afterAll(async () => {
    await workbench?.close()
    await hosts?.close()
    await pi?.stop()
  })

  const dialog = () => page.getByRole('alertdialog')
  const lines = () => page.locator('[role="log"] p')
  const fingerprint = (): string => {
    const key = Buffer.from(pi.hostKey().split(' ')[1]!, 'base64')
    return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
  }
  const type = async (line: string): Promise<void> => {
    await page.getByLabel('Line to send').fill(line)
    await page.keyboard.press('Enter')
  }

  itWith(
    'sshd',
    'is met for the first time: its fingerprint is shown, Cancel has the focus and trusts nothing',
    async () => {
      await goTo(page, 'devices')
      await page.getByRole('button', { name: 'Add by SSH' }).click()
      await page.getByLabel('Host').fill('127.0.0.1')
      await page.getByLabel('User').fill('pi')
      await page.getByLabel('Port').fill(String(pi.port))
      await page.getByLabel('Name').fill('board')
      await page.getByRole('button', { name: 'Add', exact: true }).click()
      await page.getByRole('link', { name: 'Console' }).click()
      await page.getByRole('button', { name: 'Open console' }).click()
      await dialog().waitFor(waiting)
      expect(await dialog().locator('[data-fingerprint]').textContent()).toBe(fingerprint())
      expect(await seriousViolations(page)).toEqual([])
      expect(await page.evaluate('document.activeElement.textContent.trim()')).toBe('Cancel')
      await page.keyboard.press('Enter')
      await page.getByRole('alert').filter({ hasText: 'was not accepted' }).waitFor(waiting)
    },
  )

  itWith('sshd', 'is trusted, asks for the password, and shows its shell', async () => {
    await page.getByRole('button', { name: 'Open console' }).click()
    await dialog().getByRole('button', { name: 'Trust' }).click(waiting)
    await dialog().getByRole('textbox').fill('wrong')
    await dialog().getByRole('button', { name: 'Continue' }).click()
    await dialog().getByRole('textbox').fill(pi.password)
    await page.keyboard.press('Enter')
    await page.getByLabel('Line to send').waitFor(waiting)
    expect(await page.locator('body').textContent()).not.toContain(pi.password)
    await type('uname -m')
    await lines()
      .filter({ hasText: /aarch64$/ })
      .waitFor(waiting)
    expect(await seriousViolations(page)).toEqual([])
  })

  itWith(
    'sshd',
    'may say a hundred thousand lines at once: the page answers, keeps the last ones, filters and saves',
    async () => {
      await type('seq 1 100000; echo all $((1+1)) said')
      await lines().filter({ hasText: 'all 2 said' }).first().waitFor({ timeout: 120_000 })
      expect(await lines().count()).toBeLessThan(120)
      await page.getByLabel('Filter lines').fill('99999')
      await expect
        .poll(
          () =>
            lines()
              .filter({ hasText: /99999$/ })
              .count(),
          waiting,
        )
        .toBe(1)
      await page.getByLabel('Filter lines').fill('')
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Save to file' }).click(),
      ])
      const chunks: Buffer[] = []
      for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer)
      const saved = Buffer.concat(chunks).toString().trimEnd().split('\n')
      expect(saved.length).toBeLessThanOrEqual(10_000)
      expect(saved.some((line) => /^\d{4}-\d\d-\d\dT.*Z {2}99999$/.test(line))).toBe(true)
      await page.getByRole('button', { name: 'Clear' }).click()
      await expect.poll(() => lines().filter({ hasText: '99999' }).count(), waiting).toBe(0)
      await page.getByRole('button', { name: 'Close' }).click()
    },
  )

  itWith('sshd', 'whose host key has changed is refused with both fingerprints', async () => {
    const before = fingerprint()
    await pi.newHostKey()
    await pi.restartSshd()
    await page.getByRole('button', { name: 'Open console' }).click()
    await dialog().waitFor(waiting)
    expect(await dialog().locator('[data-known]').textContent()).toContain(before)
    expect(await dialog().locator('[data-shown]').textContent()).toContain(fingerprint())
    expect(await dialog().getByRole('button').allTextContents()).toEqual(['Cancel'])
    expect(await seriousViolations(page)).toEqual([])
    await page.keyboard.press('Escape')
    await dialog().waitFor({ state: 'detached' })
  })
})
