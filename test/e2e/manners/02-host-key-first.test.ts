import { afterAll, expect, it } from 'vitest'
import { addSshDevice, connect, homeOf, writeHome } from '../support/sshHome.ts'
import type { SshServer } from '../support/sshServer.ts'
import { startSshServer } from '../support/sshServer.ts'
import { describeWindow } from '../support/window.ts'

let server: SshServer
const focused = 'document.activeElement.textContent.trim()'

describeWindow(
  '2: the host key is verified before any credential is sent',
  {
    async prepare(workspace) {
      server = await startSshServer('secret')
      writeHome(workspace, {})
    },
    environment: homeOf,
  },
  (bench) => {
    afterAll(() => server?.stop())
    const dialog = () => bench.page.getByRole('alertdialog')

    it('first contact: algorithm and fingerprint, Escape aborts, and nobody has tried to log in', async () => {
      const { page } = bench
      await addSshDevice(page, { name: 'pi', host: '127.0.0.1', port: server.port, user: 'pi' })
      await connect(page)
      await dialog().waitFor()
      expect(await dialog().locator('[data-fingerprint]').textContent()).toBe(server.fingerprint())
      expect(await dialog().textContent()).toContain('ssh-ed25519')
      await expect.poll(() => page.evaluate(focused)).toBe('Cancel')
      await page.keyboard.press('Escape')
      await page.locator('[data-device="pi"][data-state="failed"]').waitFor()
      expect(server.logins).toEqual([])
    })

    it('after Trust it logs in', async () => {
      await connect(bench.page)
      await dialog().getByRole('button', { name: 'Trust' }).click()
      await dialog().getByRole('textbox').fill('secret')
      await dialog().getByRole('button', { name: 'Continue' }).click()
      await expect.poll(() => server.logins.at(-1)).toBe('pi password')
      await bench.page.locator('[data-device="pi"][data-state="failed"]').waitFor({ timeout: 60_000 })
    })

    it('a changed key: both fingerprints, Cancel is all there is, and nobody tries to log in', async () => {
      const { page } = bench
      const before = server.fingerprint()
      await server.changeKey()
      server.logins.length = 0
      await connect(page)
      await dialog().locator('[data-known]').waitFor()
      expect(await dialog().locator('[data-known]').textContent()).toContain(before)
      expect(await dialog().locator('[data-shown]').textContent()).toContain(server.fingerprint())
      expect(await dialog().getByRole('button').allTextContents()).toEqual(['Cancel'])
      await page.keyboard.press('Escape')
      await dialog().waitFor({ state: 'detached' })
      expect(server.logins).toEqual([])
    })
  },
)
