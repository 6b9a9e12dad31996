import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { CodedError } from '#common/errors.ts'
import { orUnplugged } from '../../../../../src/main/workbench/devices/serial/unplugged.ts'

const folder = mkdtempSync(join(tmpdir(), 'unplugged-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const port = join(folder, 'ttyUSB0')
const silent = new CodedError('device-failed', 'Device wired: after the login there is no shell.')
const cancelled = new CodedError('cancelled', 'Cancelled.')

it('keeps the reason of a board that is still plugged in', () => {
  writeFileSync(port, '')
  expect(orUnplugged(silent, port)).toBe(silent)
})

it('says unplugged where the port is gone from the system, unless the user cancelled', () => {
  rmSync(port, { force: true })
  expect(orUnplugged(cancelled, port)).toBe(cancelled)
  const said = orUnplugged(silent, port)
  if (process.platform === 'win32') expect(said).toBe(silent)
  else expect(said).toMatchObject({ code: 'device-failed', message: `${port} was unplugged.` })
})
