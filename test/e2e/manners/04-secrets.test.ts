import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { newKeyPair } from '../../support/sshKeys.ts'
import { addSshDevice, connect, homeOf, writeHome } from '../support/sshHome.ts'
import type { SshServer } from '../support/sshServer.ts'
import { startSshServer } from '../support/sshServer.ts'
import { describeWindow } from '../support/window.ts'

const password = 'correct-horse-battery-staple'
let server: SshServer

describeWindow(
  '4: key files come before the password, which is asked for last and stored nowhere',
  {
    async prepare(workspace) {
      server = await startSshServer(password)
      const key = newKeyPair()
      writeHome(workspace, { id_ed25519: key.private, 'id_ed25519.pub': key.public })
    },
    environment: homeOf,
  },
  (bench) => {
    afterAll(() => server?.stop())

    it('tries in this order, hides what is typed, and leaves it in no file', async () => {
      const { page, workspace } = bench
      await addSshDevice(page, { name: 'pi', host: '127.0.0.1', port: server.port, user: 'pi' })
      await connect(page)
      const dialog = page.getByRole('alertdialog')
      await dialog.getByRole('button', { name: 'Trust' }).click()
      const field = dialog.getByRole('textbox')
      await field.waitFor()
      expect(await field.getAttribute('type')).toBe('password')
      await field.fill(password)
      await page.keyboard.press('Enter')
      await expect.poll(() => server.logins.at(-1)).toBe('pi password')
      const order = server.logins.map((login) => login.split(' ')[1])
      expect(order.indexOf('publickey')).toBeGreaterThanOrEqual(0)
      expect(order.lastIndexOf('publickey')).toBeLessThan(order.indexOf('password'))
      await page.locator('[data-device="pi"][data-state="failed"]').waitFor({ timeout: 60_000 })
      expect(await page.content()).not.toContain(password)
      const files = readdirSync(workspace, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      expect(files.length).toBeGreaterThan(2)
      for (const entry of files) {
        expect(readFileSync(join(entry.parentPath, entry.name)).includes(password), entry.name).toBe(false)
      }
      expect(await page.evaluate('JSON.stringify({ ...localStorage })')).not.toContain(password)
    })
  },
)
