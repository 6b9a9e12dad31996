import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { addSshDevice, connect, homeOf, writeHome } from '../support/sshHome.ts'
import type { SshServer } from '../support/sshServer.ts'
import { hashedHost, startSshServer } from '../support/sshServer.ts'
import { describeWindow } from '../support/window.ts'

let known: SshServer
let revoked: SshServer
let unknown: SshServer
let lines: string

describeWindow(
  '3: known_hosts is consulted, not modified; what is trusted here goes into our own file',
  {
    async prepare(workspace) {
      ;[known, revoked, unknown] = (await Promise.all(['a', 'b', 'c'].map((password) => startSshServer(password)))) as [
        SshServer,
        SshServer,
        SshServer,
      ]
      lines = `${hashedHost(`[127.0.0.1]:${known.port}`)} ${known.publicKey()}
@revoked [127.0.0.1]:* ${revoked.publicKey()}
`
      writeHome(workspace, { known_hosts: lines })
    },
    environment: homeOf,
  },
  (bench) => {
    afterAll(() => Promise.all([known, revoked, unknown].map((server) => server?.stop())))
    const file = () => readFileSync(join(bench.workspace, 'home', '.ssh', 'known_hosts'), 'utf8')
    const own = () => join(bench.workspace, '.config', 'splitbench', 'known_hosts')

    it('a host with a hashed entry is known: it is not asked about', async () => {
      await addSshDevice(bench.page, { name: 'known', host: '127.0.0.1', port: known.port, user: 'pi' })
      await connect(bench.page)
      const dialog = bench.page.getByRole('alertdialog')
      await dialog.getByRole('textbox').waitFor()
      expect(await dialog.locator('[data-fingerprint]').count()).toBe(0)
      expect(known.logins.length).toBeGreaterThan(0)
      await dialog.getByRole('button', { name: 'Cancel' }).click()
      await bench.page.locator('[data-device="known"][data-state="failed"]').waitFor()
      expect(existsSync(own())).toBe(false)
    })

    it('a revoked key is refused before anybody logs in', async () => {
      await addSshDevice(bench.page, { name: 'revoked', host: '127.0.0.1', port: revoked.port, user: 'pi' })
      await connect(bench.page)
      await bench.page.locator('[data-device="revoked"][data-state="failed"]').waitFor()
      expect(await bench.page.locator('main').textContent()).toMatch(/revoked/i)
      expect(revoked.logins).toEqual([])
    })

    it('a new one is written into our own file, and known_hosts stays byte for byte', async () => {
      await addSshDevice(bench.page, { name: 'new', host: '127.0.0.1', port: unknown.port, user: 'pi' })
      await connect(bench.page)
      const dialog = bench.page.getByRole('alertdialog')
      await dialog.getByRole('button', { name: 'Trust' }).click()
      await dialog.getByRole('textbox').waitFor()
      await dialog.getByRole('button', { name: 'Cancel' }).click()
      await expect
        .poll(() => existsSync(own()) && readFileSync(own(), 'utf8'))
        .toContain(unknown.publicKey().split(' ')[1])
      expect(file()).toBe(lines)
    })
  },
)
