import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest'
import type { Ask } from '../../../src/main/workbench/devices/ask.ts'
import type { DeployedSide, Device } from '../../../src/main/workbench/devices/device.ts'
import { reachDevice } from '../../../src/main/workbench/devices/reach.ts'
import { nameDevice } from '../../../src/main/workbench/devices/resolveDevice.ts'
import { type ShapedLink, shapeTcp } from '../../hardware/virtualPi/shapedLink.ts'
import { startVirtualPi, type VirtualPi } from '../../hardware/virtualPi/virtualPi.ts'
import { describeWith, itWith } from '../../support/requires.ts'
import { timeOne } from '../../support/timeOne.ts'
import { writeTinyCandidate } from '../../support/tinyCandidate.ts'

/** What can go wrong with a board over SSH, by the product's own way in; each ends clearly, and the same again works. */
describeWith('qemu-arm64', 'a board over SSH that fails', () => {
  let pi: VirtualPi
  let link: ShapedLink
  let folder: string
  let tiny: Awaited<ReturnType<typeof writeTinyCandidate>>
  const open: Device[] = []
  const never = new AbortController().signal

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'splitbench-board-faults-'))
    vi.stubEnv('XDG_CACHE_HOME', process.env.XDG_CACHE_HOME || join(process.env.HOME!, '.cache'))
    vi.stubEnv('XDG_CONFIG_HOME', join(folder, '.config'))
    vi.stubEnv('HOME', folder)
    vi.stubEnv('SSH_AUTH_SOCK', '')
    pi = await startVirtualPi()
    link = await shapeTcp({ target: pi.port, bitsPerS: 400e6 })
    tiny = await writeTinyCandidate(join(folder, 'tiny'), 'uint8')
    await (await reach()).close()
  })
  afterEach(async () => {
    for (const device of open.splice(0)) await device.close()
    await expect.poll(agents, { timeout: 15_000 }).toBe(0)
  })
  afterAll(async () => {
    await link?.stop()
    await pi?.stop()
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true, force: true })
  })

  const ask: Ask = async (question) => (question.kind === 'secret' ? pi.password : question.kind === 'host-key')
  async function reach(signal: AbortSignal = never, asked = ask): Promise<Device> {
    const { device } = await reachDevice(nameDevice(`ssh://pi@127.0.0.1:${link.port}`), {
      role: 'device',
      store: folder,
      ask: asked,
      acceptNewHostKey: true,
      signal,
      onProgress() {},
    })
    open.push(device)
    return device
  }
  const agents = async (): Promise<number> =>
    (await pi.exec('ps -eo args')).stdout.split('\n').filter((line) => /agent\.mjs/.test(line)).length
  async function deployed(device: Device): Promise<DeployedSide> {
    const { head, check, split } = tiny
    const hashes = await device.pushFiles([head, check], () => {}, never)
    return { side: 'head', model: hashes.get(head)!, check: hashes.get(check)!, split, threads: 1, batch: 1 }
  }
  const clear = { code: 'device-failed', hint: expect.stringMatching(/again|check/i) }

  itWith('qemu-arm64', 'dropped in the middle of a push: the next one goes on from there', async () => {
    const file = join(folder, 'large.bin')
    const bytes = 6_000_000
    writeFileSync(file, Buffer.alloc(bytes, 3))
    const device = await reach()
    let cut = false
    await expect(
      device.pushFiles(
        [file],
        ({ done }) => {
          if (done > bytes / 3 && !cut) {
            cut = true
            link.cut()
          }
        },
        never,
      ),
    ).rejects.toMatchObject(clear)
    let sent = 0
    await (await reach()).pushFiles(
      [file],
      ({ done }) => {
        sent = done
      },
      never,
    )
    expect(sent).toBeGreaterThan(0)
    expect(sent).toBeLessThan(bytes * 0.8)
  })

  itWith('qemu-arm64', 'dropped in the middle of a timing', async () => {
    const device = await reach()
    const side = await deployed(device)
    setTimeout(() => link.cut(), 1500)
    await expect(timeOne(device, side, { seconds: 60, minIterations: 10 })).rejects.toMatchObject(clear)
    const again = await reach()
    await timeOne(again, await deployed(again), { seconds: 0.2, minIterations: 5 })
  })

  itWith('qemu-arm64', 'whose sshd is restarted, and one that reboots: reachable again', async () => {
    const device = await reach()
    await pi.stopSshd()
    await expect(device.conditions(never)).rejects.toMatchObject(clear)
    await expect(reach()).rejects.toMatchObject({ code: 'device-failed' })
    await pi.startSshd()
    const second = await reach()
    await pi.reboot()
    await expect(second.conditions(never)).rejects.toMatchObject(clear)
    await (await reach()).conditions(never)
  })

  itWith('qemu-arm64', 'whose agent is killed', async () => {
    const device = await reach()
    const side = await deployed(device)
    setTimeout(() => void pi.exec('pkill -KILL -f agent.mjs'), 1500)
    await expect(timeOne(device, side, { seconds: 60, minIterations: 10 })).rejects.toMatchObject({
      ...clear,
      message: expect.stringMatching(/SIGKILL|137|gone/),
    })
  })

  itWith('qemu-arm64', 'cancelled at every stage: nothing stays there', async () => {
    for (const ms of [50, 400, 900, 1600]) {
      const abort = new AbortController()
      setTimeout(() => abort.abort(), ms)
      const outcome = await reach(abort.signal).catch((error) => error)
      if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'cancelled' })
      else await outcome.close()
      await expect.poll(agents, { timeout: 15_000 }).toBe(0)
    }
  })
})
