import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { devicesFileSchema } from '#common/contract/device.ts'
import { runCli, startCli } from '../support/cli.ts'
import { describeWith, itWith } from '../support/requires.ts'
import { startVirtualPi, type VirtualPi } from './virtualPi/virtualPi.ts'

/** Everything a user does with a board, from the terminal: the product's own way in, runtime push included. */
describeWith('qemu-arm64', 'splitbench device, on a virtual Pi over SSH', () => {
  let pi: VirtualPi
  let home: string
  let cwd: string
  beforeAll(async () => {
    pi = await startVirtualPi()
    home = mkdtempSync(join(tmpdir(), 'splitbench-home-'))
    cwd = mkdtempSync(join(tmpdir(), 'splitbench-cwd-'))
    mkdirSync(join(home, '.ssh'), { mode: 0o700 })
    writeFileSync(
      join(home, '.ssh', 'config'),
      `Host raspi\n  HostName 127.0.0.1\n  Port ${pi.port}\n  User pi\n  IdentityFile ${pi.keyFile}\n`,
    )
  })
  afterAll(async () => {
    await pi?.stop()
    for (const folder of [home, cwd]) rmSync(folder, { recursive: true, force: true })
  })

  // The cache of runtime bundles stays this user's: made once.
  const options = () => ({
    cwd,
    env: { HOME: home, XDG_CONFIG_HOME: join(home, '.config'), XDG_CACHE_HOME: cacheFolder(), SSH_AUTH_SOCK: '' },
  })
  const splitbench = (...args: string[]) => runCli(args, options())
  const processes = async (): Promise<string> => (await pi.exec('ps -eo args')).stdout

  itWith('qemu-arm64', 'asks for the host key first, and without a terminal says which option answers', async () => {
    const { code, stderr } = await splitbench('device', 'probe', 'raspi')
    expect(stderr).toMatch(/^splitbench: .*host key|not known/im)
    expect(stderr).toContain('--accept-new-host-key')
    expect(stderr).not.toMatch(/\n\s+at /)
    expect(code).toBe(1)
  })

  itWith(
    'qemu-arm64',
    'adds a board: trusts, installs the runtime, greets the agent, and remembers the card',
    async () => {
      const { code, stdout, stderr } = await splitbench(
        'device',
        'add',
        'kitchen',
        'raspi',
        '--accept-new-host-key',
        '--json',
      )
      // What is sent is shown where it takes long enough to be read.
      expect(stderr).toMatch(/^Connecting to kitchen$/m)
      expect(code, stderr).toBe(0)
      const { device } = JSON.parse(stdout)
      expect(device).toMatchObject({
        name: 'kitchen',
        kind: 'ssh',
        address: 'raspi',
        card: { board: 'Raspberry Pi 4 Model B Rev 1.4', arch: 'arm64', cpu: 'Cortex-A72', emulated: true },
      })
      expect(device.card.runtime).toMatch(/^ONNX Runtime /)
      for (const part of ['runtime', 'agent']) {
        expect((await pi.exec(`ls .splitbench/${part}`)).stdout.trim()).toMatch(/^[0-9a-f]{64}$/)
      }
      const list = await splitbench('device', 'list', '--json')
      expect(devicesFileSchema.parse(JSON.parse(list.stdout)).devices).toHaveLength(1)
      expect(await processes()).not.toContain('agent')
    },
  )

  itWith('qemu-arm64', 'pushes once', async () => {
    writeFileSync(join(cwd, 'file.bin'), Buffer.alloc(300_000, 5))
    const first = await splitbench('device', 'push', 'kitchen', 'file.bin', '--json')
    expect(first.stderr).not.toMatch(/runtime.*MB/i)
    expect(JSON.parse(first.stdout)).toMatchObject({
      device: 'kitchen',
      sentBytes: 300_000,
      files: [{ bytes: 300_000 }],
    })
    const second = await splitbench('device', 'push', 'kitchen', 'file.bin', '--json')
    expect(JSON.parse(second.stdout).sentBytes).toBe(0)
  })

  itWith('qemu-arm64', 'is a console: a shell there, saved with its times, left by Ctrl-]', async () => {
    const { child, finished } = startCli(['device', 'console', 'kitchen', '--save', 'console.txt'], {
      ...options(),
      typed: true,
    })
    let screen = ''
    child.stdout!.on('data', (text: string) => {
      screen += text
    })
    await expect.poll(() => screen, { timeout: 20_000 }).toMatch(/\$ /)
    child.stdin!.write('echo $((6 * 7)) on $(uname -m)\r')
    await expect.poll(() => screen, { timeout: 20_000 }).toContain('42 on aarch64')
    child.stdin!.write('\u001d')
    const { code, stderr } = await finished
    expect(code, stderr).toBe(0)
    const saved = readFileSync(join(cwd, 'console.txt'), 'utf8')
    expect(saved).toMatch(/^20\d\d-\d\d-\d\dT[\d:.]+Z 42 on aarch64$/m)
    rmSync(join(cwd, 'console.txt'))
  })

  itWith('qemu-arm64', 'refuses a host key that has changed, whatever option is given', async () => {
    await pi.newHostKey()
    await pi.restartSshd()
    const { code, stderr } = await splitbench('device', 'probe', 'kitchen', '--accept-new-host-key')
    expect(stderr).toMatch(/^splitbench: .*host key has changed/im)
    expect(stderr.match(/SHA256:/g)?.length).toBeGreaterThanOrEqual(2)
    expect(code).toBe(1)
  })

  itWith('qemu-arm64', 'forgets a board and leaves nothing running there', async () => {
    const { code } = await splitbench('device', 'remove', 'kitchen')
    expect(code).toBe(0)
    expect(JSON.parse((await splitbench('device', 'list', '--json')).stdout).devices).toEqual([])
    expect(await processes()).not.toContain('agent')
    expect(readdirSync(cwd)).toEqual(['file.bin'])
  })
})

const cacheFolder = (): string => process.env.XDG_CACHE_HOME || join(process.env.HOME!, '.cache')
