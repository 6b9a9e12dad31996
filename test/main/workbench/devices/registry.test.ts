import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  addDevice,
  deviceNamed,
  devicesFile,
  findDevice,
  listDevices,
  noteSeen,
  removeDevice,
} from '../../../../src/main/workbench/devices/registry.ts'
import { nameDevice } from '../../../../src/main/workbench/devices/resolveDevice.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'splitbench-registry-'))
  vi.stubEnv('XDG_CONFIG_HOME', folder)
  vi.stubEnv('HOME', folder)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

const refused = (code: string, message: RegExp, hint: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message), hint: expect.stringMatching(hint) })

describe('the registry of devices', () => {
  it('is empty at first, and keeps what is added, in order', async () => {
    expect(listDevices()).toEqual([])
    await addDevice({ name: 'raspi', address: 'ssh://pi@board' })
    const usb = { vendorId: '0403', productId: '6001', serialNumber: 'A1' }
    await addDevice({ name: 'uart', address: 'serial:/dev/ttyUSB0', usb })
    expect(listDevices()).toMatchObject([
      { name: 'raspi', kind: 'ssh', address: 'ssh://pi@board', usb: null, lastSeen: null, card: null },
      { name: 'uart', kind: 'serial', usb },
    ])
    expect(readdirSync(join(folder, 'splitbench'))).toEqual(['devices.json'])
  })

  it('loses none of many changes at once', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => addDevice({ name: `d${i}`, address: 'simulated' })))
    expect(new Set(listDevices().map(({ name }) => name)).size).toBe(20)
  })

  it('takes over the lock of a process that died', async () => {
    await addDevice({ name: 'a', address: 'local' })
    writeFileSync(`${devicesFile()}.lock`, JSON.stringify({ pid: 2 ** 22 - 1, started: '1' }))
    await addDevice({ name: 'b', address: 'local' })
    expect(listDevices()).toHaveLength(2)
  })

  it('adds the same twice without losing what is known, and refuses another under its name', async () => {
    await addDevice({ name: 'a', address: 'simulated:pi-3' })
    await noteSeen('a', {})
    await addDevice({ name: 'a', address: 'simulated:pi-3' })
    expect(findDevice('a')!.lastSeen).not.toBeNull()
    await expect(addDevice({ name: 'a', address: 'local' })).rejects.toEqual(
      refused('bad-usage', /device "a" already: simulated:pi-3/, /remove a/),
    )
  })

  it.each(['', 'local', 'simulated', 'ssh://x', '-a', 'a b', '../x', 'x'.repeat(64)])(
    'refuses the name %j',
    async (name) => {
      await expect(addDevice({ name, address: 'local' })).rejects.toMatchObject({ code: 'bad-usage' })
      expect(listDevices()).toEqual([])
    },
  )

  it('removes by name, and says what there is', async () => {
    await expect(removeDevice('x')).rejects.toEqual(refused('unknown-name', /no device "x"/, /device add/))
    await addDevice({ name: 'a', address: 'local' })
    expect(() => deviceNamed('x')).toThrow(refused('unknown-name', /no device "x"/, /Devices: a\./))
    await removeDevice('a')
    expect(listDevices()).toEqual([])
    await noteSeen('a', {})
    expect(listDevices()).toEqual([])
  })

  it('never overwrites a file that it cannot read', async () => {
    await addDevice({ name: 'a', address: 'local' })
    writeFileSync(devicesFile(), '{"protocol": 1, "devices": [')
    expect(listDevices).toThrow(expect.objectContaining({ code: 'bad-data' }))
    await expect(addDevice({ name: 'b', address: 'local' })).rejects.toMatchObject({ code: 'bad-data' })
    expect(readFileSync(devicesFile(), 'utf8')).toBe('{"protocol": 1, "devices": [')
  })
})

describe('--device', () => {
  it('knows addresses and registered names', async () => {
    await addDevice({ name: 'raspi', address: 'ssh://pi@board:22' })
    expect(nameDevice('local')).toMatchObject({ name: 'local', address: { kind: 'local' }, registered: false })
    expect(nameDevice('simulated:pi-5')).toMatchObject({ address: { kind: 'simulated', script: 'pi-5' } })
    expect(nameDevice('raspi')).toMatchObject({ name: 'raspi', address: { kind: 'ssh' }, registered: true })
  })

  it('refuses others before anything runs, and says what there is', async () => {
    await addDevice({ name: 'raspi', address: 'ssh://pi@board:22' })
    for (const text of ['toaster', '']) {
      expect(() => nameDevice(text)).toThrow(refused('unknown-name', /no device "/, /local, simulated.*raspi/))
    }
    expect(() => nameDevice('simulated:pi-9')).toThrow(refused('unknown-name', /pi-9/, /pi-3, pi-4/))
  })

  it('takes a script of one’s own for a simulated device', () => {
    const file = join(folder, 'mine.json')
    writeFileSync(file, '{}')
    expect(() => nameDevice(`simulated:${file}`)).toThrow(expect.objectContaining({ code: 'bad-data' }))
  })
})
