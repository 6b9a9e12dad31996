import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type { Ask } from '../../src/main/workbench/devices/ask.ts'
import type { Device } from '../../src/main/workbench/devices/device.ts'
import { connectDevice } from '../../src/main/workbench/devices/device.ts'
import type { SerialBoard } from '../../src/main/workbench/devices/serial/index.ts'
import { openSerialBoard, serialTransport } from '../../src/main/workbench/devices/serial/index.ts'
import { describeWith, itWith, missing } from '../support/requires.ts'
import { writeTinyCandidate } from '../support/tinyCandidate.ts'
import { installAgent, removeBundleAfterAll } from './virtualPi/agent.ts'
import { password } from './virtualPi/kit.ts'
import type { SerialPi, SerialPiOptions } from './virtualPi/serialPi.ts'
import { startSerialPi } from './virtualPi/serialPi.ts'

const signal = new AbortController().signal
/** One board for all tests, logged in by the first; those of the login have their own. */
let shared: SerialPi
const lines: SerialPi[] = []
const boards: SerialBoard[] = []
const devices: Device[] = []
let folder = ''

async function start(options: SerialPiOptions): Promise<SerialPi> {
  const line = await startSerialPi(options)
  lines.push(line)
  return line
}

const answers =
  (answer: string): Ask =>
  async () =>
    answer

async function open(line: SerialPi, ask = answers(password), waits: string[] = []): Promise<SerialBoard> {
  const options = { name: 'pi', ask, signal, onWait: (what: string) => void waits.push(what) }
  const board = await openSerialBoard({ path: line.path, baud: line.baud }, options)
  boards.push(board)
  return board
}

/** The product's way to an agent that was installed by hand. */
async function connect(line: SerialPi, replugS = 10): Promise<Device> {
  const command = line.pi && (await installAgent(line.pi))
  const device = await connectDevice(
    serialTransport(
      { path: line.path, baud: line.baud },
      { name: 'pi', ask: answers(password), signal, replugS, prepare: async () => ({ command }) },
    ),
  )
  devices.push(device)
  return device
}

/** A tiny head pushed and checked. */
async function checkHead(device: Device) {
  const { head, check, split } = await writeTinyCandidate(join(folder, 'tiny'), 'uint8')
  const hashes = await device.pushFiles([head, check], () => {}, signal)
  const [model, reference] = [hashes.get(head)!, hashes.get(check)!]
  return device.check({ side: 'head', model, check: reference, split, threads: 1 }, signal)
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splitbench-serial-test-'))
  if (missing('serial') === undefined) shared = await startSerialPi({ baud: 921_600, seed: 3 })
})
afterAll(async () => {
  await shared?.stop()
  await rm(folder, { recursive: true })
})
removeBundleAfterAll()
afterEach(async () => {
  await Promise.all(devices.splice(0).map((device) => device.close()))
  await Promise.all(boards.splice(0).map((board) => board.close()))
  await Promise.all(lines.splice(0).map((line) => line.stop()))
})

describeWith('serial', 'a board on a serial console', () => {
  itWith('serial', 'is logged in to and answers as a shell, outputs and exit code apart', async () => {
    const line = shared
    const board = await open(line)
    const shell = board.shell!
    expect(await shell.exec('id -un; echo "it\'s ü" >&2; exit 7')).toEqual({
      code: 7,
      signal: null,
      stdout: 'pi\n',
      stderr: "it's ü\n",
    })
    expect((await shell.exec('printf "a\\r\\nb"')).stdout).toBe('a\r\nb')
    expect((await shell.exec(`printf %s '${'x'.repeat(5000)}'`)).stdout).toHaveLength(5000)
    await expect(shell.exec('sleep 60', { timeoutMs: 800 })).rejects.toMatchObject({ code: 'device-failed' })
    const abort = new AbortController()
    const endless = shell.exec('sleep 61', { signal: abort.signal })
    setTimeout(() => abort.abort(), 500)
    await expect(endless).rejects.toMatchObject({ code: 'cancelled' })
    expect((await shell.exec("ps -eo args | grep '^sleep'; true")).stdout).toBe('')

    // Still logged in: nobody is asked the second time.
    await boards.pop()!.close()
    const again = await open(line, async () => undefined)
    expect((await again.shell!.exec('echo $PWD')).stdout).toBe('/home/pi\n')
  })

  itWith('serial', 'that refuses the password, or asks for one where nobody can be asked, is named', async () => {
    const line = await start({ baud: 921_600 })
    await expect(open(line, answers('wrong'))).rejects.toMatchObject({
      code: 'device-failed',
      message: expect.stringMatching(/refuses the password of pi/),
    })
    await expect(open(line, async () => undefined)).rejects.toMatchObject({
      message: expect.stringMatching(/asks for the password of pi/),
    })
    expect((await open(line)).shell).toBeDefined()
  })

  itWith('serial', 'takes files in checked pieces, and goes on where a push was broken', async () => {
    const line = shared
    const { shell } = await open(line)
    const file = join(folder, 'file')
    const bytes = randomBytes(50_000)
    await writeFile(file, bytes.subarray(0, 20_000))
    const told: number[] = []
    const options = { onProgress: (done: number) => void told.push(done), signal }
    await shell!.upload!(file, 'got', { ...options, offset: 0 })
    await writeFile(file, bytes)
    await shell!.upload!(file, 'got', { ...options, offset: 20_000 })
    const sum = await shell!.exec('sha256sum < got')
    const { createHash } = await import('node:crypto')
    expect(sum.stdout).toContain(createHash('sha256').update(bytes).digest('hex'))
    expect(told.at(-1)).toBe(50_000)
    expect(told).toEqual([...told].sort((a, b) => a - b))
  })

  itWith('serial', 'gets a piece that noise has changed once more', async () => {
    // The 13,178th bit of what is sent next: within the one piece that this file is.
    const line = await start({ baud: 921_600, seed: 1 })
    const { shell } = await open(line)
    const bytes = randomBytes(8000)
    const file = join(folder, 'changed')
    await writeFile(file, bytes)
    line.noise(1e-5, 'to-board')
    await shell!.upload!(file, 'got', { onProgress() {}, signal, offset: 0 })
    line.noise(0)
    expect(line.flipped()).toBe(1)
    expect(line.carried().toBoard).toBeGreaterThan(2 * bytes.length)
    expect(readFileSync(join(line.pi.home, 'got'))).toEqual(bytes)
  })

  itWith('serial', 'runs the agent on the same line, and has its shell back', async () => {
    const line = shared
    const device = await connect(line)
    expect(device.info).toMatchObject({ kind: 'serial', arch: 'arm64', emulated: true })
    expect(await checkHead(device)).toMatchObject({ ok: true })
    await devices.pop()!.close()
    const board = await open(line, async () => undefined)
    expect((await board.shell!.exec("ps -eo args | grep '[a]gent.mjs'; true")).stdout).toBe('')
  })

  itWith('serial', 'names the end of an agent that cannot start', async () => {
    const line = shared
    const board = await open(line)
    const failing = (command: string) => connectDevice({ name: 'pi', kind: 'serial', open: () => board.start(command) })
    await expect(failing('echo no room >&2; exit 3;')).rejects.toMatchObject({
      message: 'Device pi: the agent ended with exit code 3 (no room).',
    })
    await expect(failing('kill -ILL $(exec sh -c "echo \\$PPID");')).rejects.toMatchObject({
      code: 'device-unsupported',
    })
    expect((await board.shell!.exec('echo ok')).stdout).toBe('ok\n')
  })
})

describeWith('serial', 'a serial line that fails', () => {
  itWith('serial', 'with bit noise carries files and heads all the same', async () => {
    const file = join(folder, 'noisy')
    await writeFile(file, randomBytes(60_000))
    for (const rate of [1e-5, 1e-4]) {
      const line = shared
      line.noise(rate)
      const device = await connect(line)
      // Whole or not there: the agent compares its hash.
      await device.pushFiles([file], () => {}, signal)
      expect(await checkHead(device)).toMatchObject({ ok: true })
      await devices.pop()!.close()
      line.noise(0)
      expect(line.flipped()).toBeGreaterThan(0)
    }
  })

  itWith('serial', 'because it was unplugged in a push goes on when it is plugged in again', async () => {
    const line = shared
    const device = await connect(line)
    const file = join(folder, 'large')
    await writeFile(file, randomBytes(200_000))
    // Some moments later: a person's hand takes longer.
    const pulled = line
      .unplugAfter(60_000)
      .then(() => sleep(500))
      .then(() => line.replug())
    const hashes = await device.pushFiles([file], () => {}, signal)
    await pulled
    expect(hashes.size).toBe(1)
    expect(await checkHead(device)).toMatchObject({ ok: true })
  })

  itWith('serial', 'because it was unplugged and stays away is named', async () => {
    const line = shared
    const device = await connect(line, 1)
    const file = join(folder, 'other')
    await writeFile(file, randomBytes(200_000))
    const pulled = line.unplugAfter(60_000)
    await expect(device.pushFiles([file], () => {}, signal)).rejects.toMatchObject({
      code: 'device-failed',
      message: expect.stringMatching(/was unplugged and did not come back within 1 s/),
    })
    await pulled
    await sleep(500)
    await line.replug()
  })
})
