import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { goTo } from './pages.ts'

/** A home folder below the workspace, with files in its .ssh. */
export function writeHome(workspace: string, files: Record<string, string>): string {
  const ssh = join(workspace, 'home', '.ssh')
  mkdirSync(ssh, { recursive: true, mode: 0o700 })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(ssh, name), text, { mode: 0o600 })
  return ssh
}

/** Its own home, and no agent of whoever runs the tests. */
export const homeOf = (workspace: string): NodeJS.ProcessEnv => ({
  HOME: join(workspace, 'home'),
  USERPROFILE: join(workspace, 'home'),
  SSH_AUTH_SOCK: '',
})

export async function addSshDevice(
  page: Page,
  { name, host, port, user }: { name: string; host: string; port?: number; user?: string },
): Promise<void> {
  await goTo(page, 'devices')
  await page.getByRole('button', { name: 'Add device' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Host').fill(host)
  if (user) await dialog.getByLabel('User').fill(user)
  if (port) await dialog.getByLabel('Port').fill(String(port))
  await dialog.getByLabel('Name').fill(name)
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
  await goTo(page, `devices/${name}`)
  await page.locator('[data-device-view]').waitFor()
}

export const connect = (page: Page): Promise<void> =>
  page.locator('[data-device-view]').getByRole('button', { name: 'Connect', exact: true }).click()
