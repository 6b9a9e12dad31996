import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import type { SerialPi } from '../../hardware/virtualPi/serialPi.ts'
import { startSerialPi } from '../../hardware/virtualPi/serialPi.ts'
import { itWith, missing } from '../../support/requires.ts'
import { goTo } from '../support/pages.ts'
import { describeWindow } from '../support/window.ts'

const waiting = { timeout: 60_000 }
const adapter = { vendor: '0403', product: '6001', serial: 'A50285BI' }

/**
 * Pseudo-terminals are in no list of ports, and a container has no udev: the system's `udevadm` is replaced by one that
 * tells of the line, as of an FTDI adapter, as long as its cable is in. What asks it is ours.
 */
function writeUdevadm(folder: string, paths: readonly string[]): void {
  mkdirSync(folder, { recursive: true })
  const entries = paths.map(
    (path) => `[ -e "${path}" ] && cat <<'end'
P: /devices/usb1/${path.split('/').at(-1)}
N: ${path.split('/').at(-1)}
E: DEVNAME=${path}
E: ID_VENDOR_ID=${adapter.vendor}
E: ID_MODEL_ID=${adapter.product}
E: ID_SERIAL_SHORT=${adapter.serial}
E: ID_VENDOR_ENC=FTDI
end`,
  )
  const file = join(folder, 'udevadm')
  writeFileSync(file, `#!/bin/sh\n${entries.join('\n')}\nexit 0\n`)
  chmodSync(file, 0o755)
}

const binOf = (workspace: string): string => join(workspace, 'bin')

describeWindow(
  '5: a board appears when it is plugged in, turns grey and keeps its name when it is pulled, and its job says so',
  { environment: (workspace) => ({ PATH: [binOf(workspace), process.env.PATH].join(delimiter) }) },
  (bench) => {
    let line: SerialPi
    let other: string
    beforeAll(async () => {
      if (missing('serial')) return
      line = await startSerialPi({ baud: 115_200 })
      await line.unplug()
      other = line.path.replace(/ttyUSB0$/, 'ttyUSB1')
      writeUdevadm(binOf(bench.workspace), [line.path, other])
    })
    afterAll(() => line?.stop())
    const state = (name: string) => bench.page.locator(`[data-device="wired"][data-state="${name}"]`).waitFor(waiting)

    itWith('serial', 'the port is offered as soon as the cable is in', async () => {
      const { page } = bench
      await goTo(page, 'devices')
      await page.getByRole('button', { name: 'Pick a serial port' }).click()
      const port = page.getByRole('dialog').getByLabel('Port', { exact: true })
      await page.getByText('No port is plugged in.').waitFor(waiting)
      await line.replug()
      await expect
        .poll(() => port.locator('option').allTextContents(), waiting)
        .toContainEqual(expect.stringContaining('FTDI'))
      await port.selectOption(line.path)
      await page.getByLabel('Name').fill('wired')
      await page.getByRole('button', { name: 'Add', exact: true }).click()
      await state('idle')
    })

    itWith('serial', 'pulled, it is grey and keeps its name; at another port it is the same board', async () => {
      const { page } = bench
      await line.unplug()
      await state('unplugged')
      await page.getByText('Its adapter is not plugged in.').waitFor()
      expect(await page.getByRole('button', { name: 'Connect', exact: true }).isDisabled()).toBe(true)
      await line.replug(other)
      await state('idle')
      expect(await page.getByRole('button', { name: 'Connect', exact: true }).isDisabled()).toBe(false)
    })

    itWith('serial', 'a job that works with it fails with "unplugged" and no stack trace', async () => {
      const { page } = bench
      await page.getByRole('button', { name: 'Connect', exact: true }).click()
      const dialog = page.getByRole('alertdialog')
      await dialog.getByRole('textbox').waitFor(waiting)
      await dialog.getByRole('textbox').fill(line.pi.password)
      await dialog.getByRole('button', { name: 'Continue' }).click()
      await dialog.waitFor({ state: 'detached' })
      await page.locator('[data-job][data-state="running"]', { hasText: 'Connect wired' }).waitFor(waiting)
      await line.unplug()
      const job = page.locator('[data-job][data-state="failed"]', { hasText: 'Connect wired' })
      await job.waitFor({ timeout: 120_000 })
      const said = (await job.textContent())!
      expect(said).toMatch(/unplugged/)
      expect(said).not.toMatch(/\bat .*:\d+:\d+/)
    })
  },
)
