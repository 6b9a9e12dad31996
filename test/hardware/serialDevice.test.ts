import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { openSerialBoard } from '../../src/main/workbench/devices/serial/index.ts'
import { runCli } from '../support/cli.ts'
import { describeWith, itWith } from '../support/requires.ts'
import { password } from './virtualPi/kit.ts'
import type { SerialPi } from './virtualPi/serialPi.ts'
import { startSerialPi } from './virtualPi/serialPi.ts'
import { startVirtualPi, type VirtualPi } from './virtualPi/virtualPi.ts'

/** A board on a serial line from the terminal; its runtime came over SSH before, as it should. */
describeWith('serial', 'splitbench device, on a serial console', () => {
  let pi: VirtualPi
  let line: SerialPi
  let home: string
  let address: string
  beforeAll(async () => {
    pi = await startVirtualPi()
    line = await startSerialPi({ baud: 921_600, pi })
    address = `serial:${line.path}?baud=921600`
    home = mkdtempSync(join(tmpdir(), 'splitbench-home-'))
    mkdirSync(join(home, '.ssh'), { mode: 0o700 })
    writeFileSync(
      join(home, '.ssh', 'config'),
      `Host raspi\n  HostName 127.0.0.1\n  Port ${pi.port}\n  User pi\n  IdentityFile ${pi.keyFile}\n`,
    )
  })
  afterAll(async () => {
    await line?.stop()
    await pi?.stop()
    rmSync(home, { recursive: true, force: true })
  })

  const splitbench = (...args: string[]) =>
    runCli(args, {
      cwd: home,
      env: { HOME: home, XDG_CONFIG_HOME: join(home, '.config'), XDG_CACHE_HOME: cacheFolder(), SSH_AUTH_SOCK: '' },
    })

  itWith('serial', 'asks for the password, and without a terminal says so', async () => {
    const { code, stderr } = await splitbench('device', 'probe', address)
    expect(stderr).toMatch(/asks for the password of pi/)
    expect(stderr).not.toMatch(/\n\s+at /)
    expect(code).toBe(1)
  })

  itWith('serial', 'does not send a runtime over the line unasked: it says how long that would take', async () => {
    const board = await openSerialBoard(
      { path: line.path, baud: 921_600 },
      { name: 'pi', ask: async () => password, signal: new AbortController().signal },
    )
    await board.close()
    const { code, stderr } = await splitbench('device', 'probe', address)
    expect(stderr).toMatch(/about \d+ min.* at 92\.\d kB\/s/)
    expect(code).toBe(1)
  })

  itWith(
    'serial',
    'runs the agent that is there, pushes in checked frames, and leaves the console as it was',
    async () => {
      expect((await splitbench('device', 'probe', 'raspi', '--accept-new-host-key')).code).toBe(0)
      const added = await splitbench('device', 'add', 'bench', address, '--json')
      expect(added.code, added.stderr).toBe(0)
      expect(JSON.parse(added.stdout).device).toMatchObject({
        kind: 'serial',
        card: { board: 'Raspberry Pi 4 Model B Rev 1.4', arch: 'arm64', emulated: true },
      })
      writeFileSync(join(home, 'file.bin'), Buffer.alloc(100_000, 5))
      const pushed = await splitbench('device', 'push', 'bench', 'file.bin', '--json')
      expect(JSON.parse(pushed.stdout), pushed.stderr).toMatchObject({ sentBytes: 100_000 })
      expect((await pi.exec("ps -eo args | grep '[a]gent.mjs'; true")).stdout).toBe('')
    },
    240_000,
  )
})

const cacheFolder = (): string => process.env.XDG_CACHE_HOME || join(process.env.HOME!, '.cache')
