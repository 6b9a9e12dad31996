import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { SerialPi } from '../../hardware/virtualPi/serialPi.ts'
import { startSerialPi } from '../../hardware/virtualPi/serialPi.ts'
import { itWith, missing } from '../../support/requires.ts'
import { repository } from '../support/host.ts'
import { goTo } from '../support/pages.ts'
import { describeWindow } from '../support/window.ts'

async function addPort(page: Page, name: string, path: string): Promise<void> {
  await goTo(page, 'devices')
  await page.getByRole('button', { name: 'Add device' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Serial line').check()
  await dialog.getByLabel('Port', { exact: true }).fill(path)
  await dialog.getByLabel('Name').fill(name)
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
  await goTo(page, `devices/${name}/console`)
  await page.getByRole('button', { name: 'Open console' }).click()
}

describeWindow('6: what keeps a port from being opened is said, with the fix', {}, (bench) => {
  const folder = mkdtempSync(join(tmpdir(), 'splitbench-port-'))
  let line: SerialPi
  beforeAll(async () => {
    if (missing('serial')) return
    line = await startSerialPi({ baud: 115_200, command: 'cat' })
  })
  afterAll(async () => {
    await line?.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const says = (text: string | RegExp) =>
    bench.page.locator('main').getByText(text).first().waitFor({ timeout: 30_000 })

  it('no such port: that the adapter may lack a driver, and how to see it', async () => {
    await addPort(bench.page, 'gone', join(folder, 'ttyUSB7'))
    await says(/There is no port .*ttyUSB7/)
    await says(/lacks a driver/)
  })

  it('no serial port at all', async () => {
    writeFileSync(join(folder, 'file'), '')
    await addPort(bench.page, 'file', join(folder, 'file'))
    await says(/is no serial port|There is no port/)
  })

  itWith('serial', 'in use: by which process', async () => {
    const script = `import { SerialPort } from 'serialport'; new SerialPort({ path: ${JSON.stringify(line.path)}, baudRate: 115200, lock: true }, (error) => console.log(error ? error.message : 'open')); process.stdin.resume()`
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: repository,
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const gone = once(holder, 'exit')
    try {
      expect(String(await once(holder.stdout, 'data')).trim()).toBe('open')
      await addPort(bench.page, 'busy', line.path)
      // The terminal's maker holds it too, and comes first.
      await says(/is in use by (socat|node|MainThread) \(process \d+\)/)
      await says(/Close it there/)
    } finally {
      holder.kill()
      await gone
    }
  })
})
