import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { newKeyPair } from '../../support/sshKeys.ts'
import { goTo } from '../support/pages.ts'
import { addSshDevice, connect, homeOf, writeHome } from '../support/sshHome.ts'
import type { SshServer } from '../support/sshServer.ts'
import { fingerprintOf, startSshServer } from '../support/sshServer.ts'
import { describeWindow } from '../support/window.ts'

let server: SshServer
let config: string
const key = newKeyPair()

describeWindow(
  '1: ~/.ssh/config is read, never rewritten',
  {
    async prepare(workspace) {
      server = await startSshServer('secret')
      const ssh = writeHome(workspace, { lab_key: key.private, 'lab_key.pub': key.public })
      config = `# the lab's boards
Host bench-pi other-pi
  HostName 127.0.0.1
  Port ${server.port}
  User labuser
  IdentityFile ${join(ssh, 'lab_key')}
  IdentitiesOnly yes

Host *
  ServerAliveInterval 30
`
      writeHome(workspace, { config })
    },
    environment: homeOf,
  },
  (bench) => {
    afterAll(() => server?.stop())

    it('its aliases are offered when a device is added', async () => {
      const { page } = bench
      await goTo(page, 'devices')
      await page.getByRole('button', { name: 'Add device' }).click()
      const options = page.getByRole('dialog').locator('datalist option')
      await expect
        .poll(() => options.evaluateAll((all) => all.map((one) => one.getAttribute('value'))))
        .toEqual(['bench-pi', 'other-pi'])
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    })

    it('address, port, user and key are those of the alias, and the file stays as it was', async () => {
      const { page, workspace } = bench
      await addSshDevice(page, { name: 'pi', host: 'bench-pi' })
      await connect(page)
      await page.getByRole('alertdialog').getByRole('button', { name: 'Trust' }).click()
      await expect.poll(() => server.logins).toContain('labuser publickey')
      expect(server.logins.every((login) => login.startsWith('labuser '))).toBe(true)
      expect(new Set(server.offered)).toEqual(new Set([fingerprintOf(key.public)]))
      // It asks for a password then: turned down.
      await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click()
      expect(readFileSync(join(workspace, 'home', '.ssh', 'config'), 'utf8')).toBe(config)
    })
  },
)
