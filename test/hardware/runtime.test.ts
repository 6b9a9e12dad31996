import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type { Progress } from '#common/contract/job.ts'
import type { Ask, Question } from '../../src/main/workbench/devices/ask.ts'
import type { Device } from '../../src/main/workbench/devices/device.ts'
import { connectDevice } from '../../src/main/workbench/devices/device.ts'
import { runtimeBundle } from '../../src/main/workbench/devices/runtime/bundles.ts'
import { prepareBoard } from '../../src/main/workbench/devices/runtime/prepareBoard.ts'
import { openSerialBoard } from '../../src/main/workbench/devices/serial/index.ts'
import { describeWith, itWith } from '../support/requires.ts'
import { writeTinyCandidate } from '../support/tinyCandidate.ts'
import { installFromCard } from './virtualPi/card.ts'
import { password } from './virtualPi/kit.ts'
import { startSerialPi } from './virtualPi/serialPi.ts'
import { openPiSession, type PiSession } from './virtualPi/session.ts'
import type { VirtualPi, VirtualPiOptions } from './virtualPi/virtualPi.ts'
import { startVirtualPi } from './virtualPi/virtualPi.ts'

const never = new AbortController().signal
const quiet = { onProgress() {}, signal: never, ask: async () => undefined }
const pis: VirtualPi[] = []
const sessions: PiSession[] = []

async function start(options?: VirtualPiOptions): Promise<VirtualPi> {
  const pi = await startVirtualPi(options)
  pis.push(pi)
  return pi
}

async function open(pi: VirtualPi): Promise<PiSession> {
  const session = await openPiSession(pi)
  sessions.push(session)
  return session
}

describeWith('sshd', 'the runtime on a virtual Pi', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'splitbench-runtime-'))
    // Made once per user; until then it takes its time, and says so itself where there is no network.
    await runtimeBundle('arm64', quiet)
  }, 240_000)
  afterEach(async () => {
    await Promise.all(sessions.splice(0).map((session) => session.end()))
    await Promise.all(pis.splice(0).map((pi) => pi.stop()))
  })
  afterAll(() => rm(folder, { recursive: true }))

  async function check(device: Device, threads = 1) {
    const { head, check: reference, split } = await writeTinyCandidate(join(folder, 'tiny'), 'uint8')
    const hashes = await device.pushFiles([head, reference], () => {}, never)
    const [model, set] = [hashes.get(head)!, hashes.get(reference)!]
    return device.check({ side: 'head', model, check: set, split, threads }, never)
  }

  itWith(
    'sshd',
    'a broken push goes on where it ended; the agent runs there; a second time nothing is sent',
    async () => {
      const pi = await start()
      let stopped: Promise<void> | undefined
      const breaking = {
        ...quiet,
        onProgress({ phase, done }: Progress) {
          if (phase === 'push' && done > 20e6) stopped ??= pi.stopSshd()
        },
      }
      await expect(prepareBoard(await open(pi), breaking)).rejects.toMatchObject({ code: 'device-failed' })
      await stopped
      await pi.startSshd()

      const session = await open(pi)
      const phases: string[] = []
      const watch = { ...quiet, onProgress: ({ phase }: Progress) => phases.push(phase) }
      const { bytes } = await runtimeBundle('arm64', quiet)
      const board = await prepareBoard(session, watch)
      expect(board.sentBytes).toBeLessThan(bytes - 10e6)
      expect(phases).toEqual(expect.arrayContaining(['probe', 'push', 'install']))
      expect(board).toMatchObject({ runtime: 'native', notes: [], card: { arch: 'arm64', emulated: true } })
      expect(await readdir(join(pi.home, '.splitbench', 'incoming'))).toEqual([])

      const device = await connectDevice({ name: 'pi', kind: 'ssh', open: () => session.start(board.command) })
      expect(device.info).toMatchObject({ arch: 'arm64', emulated: true, runtime: board.card.runtime })
      expect(device.source).toBe('emulated')
      expect(await check(device)).toMatchObject({ ok: true })
      // ONNX Runtime decides on its telemetry when it loads, and would keep its files in ~/.cache.
      const agent = 'for p in /proc/[0-9]*; do grep -q agent[.]mjs $p/cmdline && tr "\\0" "\\n" <$p/environ; done'
      expect((await pi.exec(agent)).stdout.split('\n')).toContain('ORT_DISABLE_TELEMETRY=1')
      expect(existsSync(join(pi.home, '.cache'))).toBe(false)
      await device.close()
      expect((await pi.exec('grep -l agent[.]mjs /proc/[0-9]*/cmdline')).stdout).toBe('')

      expect(await prepareBoard(session, quiet)).toMatchObject({ sentBytes: 0, command: board.command })
    },
  )

  itWith('sshd', 'a disk without room is named before anything is sent, and when it fills on the way', async () => {
    const small = await start({ diskBytes: 100e6 })
    const refused = prepareBoard(await open(small), quiet)
    await expect(refused).rejects.toMatchObject({
      code: 'disk-full',
      message: expect.stringContaining('Nothing was sent'),
    })
    expect((await small.exec('ls .splitbench')).code).not.toBe(0)

    const pi = await start({ diskBytes: 260e6 })
    let filled: Promise<unknown> | undefined
    const filling = {
      ...quiet,
      onProgress({ phase, done }: Progress) {
        if (phase === 'push' && done > 10e6) filled ??= pi.exec('head -c 300000000 /dev/zero > big')
      },
    }
    await expect(prepareBoard(await open(pi), filling)).rejects.toMatchObject({
      code: 'disk-full',
      message: expect.stringMatching(/disk is full/),
    })
    await filled
    // What had arrived is gone: a board with a full disk does not work.
    expect((await pi.exec('ls .splitbench/incoming')).stdout).toBe('')
  })

  itWith('qemu-armhf', 'a 32-bit board runs ONNX Runtime as WebAssembly, with one thread, and says so', async () => {
    const pi = await start({ arch: 'armhf' })
    await installFromCard(pi)
    const session = await open(pi)
    const board = await prepareBoard(session, quiet)
    expect(board).toMatchObject({ runtime: 'wasm', card: { arch: 'arm' } })
    expect(board.notes[0]).toMatch(/WebAssembly, with one thread/)
    const device = await connectDevice({ name: 'pi', kind: 'ssh', open: () => session.start(board.command) })
    expect(device.info.runtime).toMatch(/^ONNX Runtime \S+ \(WebAssembly\), Node 20\.11\.0$/)
    expect(await check(device)).toMatchObject({ ok: true })
    await expect(check(device, 2)).rejects.toMatchObject({
      code: 'device-unsupported',
      message: expect.stringContaining('has one'),
    })
    await device.close()
  })

  itWith(
    'serial',
    'over its serial line: told what it would take; found there, the agent starts on the line',
    async () => {
      const line = await startSerialPi({ baud: 921_600 })
      const asked: Question[] = []
      const ask: Ask = async (question) => {
        asked.push(question)
        return question.kind === 'secret' ? password : false
      }
      try {
        const board = await openSerialBoard(line, { name: 'pi', ask, signal: never })
        try {
          await expect(prepareBoard(board.shell!, { ...quiet, ask })).rejects.toMatchObject({
            code: 'device-failed',
            message: expect.stringMatching(
              /not on pi yet \(58\.\d MB, about 10 min \d+ s at 92\.2 kB\/s over this line\)/,
            ),
          })
          expect(asked.at(-1)).toMatchObject({ kind: 'confirm', yes: 'Send' })
          expect(existsSync(join(line.pi.home, '.splitbench'))).toBe(false)
          await installFromCard(line.pi)
          const { command, sentBytes } = await prepareBoard(board.shell!, { ...quiet, ask })
          expect(sentBytes).toBeLessThan(200_000)
          const device = await connectDevice({ name: 'pi', kind: 'serial', open: () => board.start(command) })
          expect(device.info).toMatchObject({ arch: 'arm64', kind: 'serial', emulated: true })
          await device.close()
        } finally {
          await board.close()
        }
      } finally {
        await line.stop()
      }
    },
  )
})
