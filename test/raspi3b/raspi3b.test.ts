import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SerialPort } from 'serialport'
import { afterAll, expect } from 'vitest'
import { type Raspi3b, startRaspi3b } from '../../scripts/raspi3b/board.ts'
import { boardImage } from '../../scripts/raspi3b/image.ts'
import { bannerOf } from '../../scripts/raspi3b/ready.ts'
import { connectDevice } from '../../src/main/workbench/devices/device.ts'
import { prepareBoard } from '../../src/main/workbench/devices/runtime/prepareBoard.ts'
import { openPiSession } from '../hardware/virtualPi/session.ts'
import { describeWith, itWith } from '../support/requires.ts'
import { writeTinyCandidate } from '../support/tinyCandidate.ts'

const signal = new AbortController().signal
const bootLimitS = 60

describeWith('raspi3b', 'an emulated Raspberry Pi 3', () => {
  let board: Raspi3b | undefined
  let folder = ''
  afterAll(async () => {
    await board?.stop()
    if (folder) await rm(folder, { recursive: true })
  })

  itWith('raspi3b', 'boots, is logged in to on both ways at once, and checks its first head in a minute', async () => {
    const kit = process.env.SPLITBENCH_VIRTUAL_PI!
    const parts = process.env.SPLITBENCH_RASPI3B!
    const image = await boardImage(kit, parts, { onProgress: () => {}, signal })
    folder = await mkdtemp(join(tmpdir(), 'splitbench-raspi3b-'))
    const { head, check, split } = await writeTinyCandidate(folder, 'uint8')

    const began = performance.now()
    const marks: string[] = []
    const mark = (what: string): void => {
      marks.push(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${what}`)
    }
    board = await startRaspi3b(parts, image)
    mark(`QEMU runs, console at ${board.serial}`)
    const { port, serial } = board
    const console = loginOn(serial).then((said) => {
      mark('login on the serial console')
      return said
    })
    expect(await bannerOf(port, AbortSignal.timeout(bootLimitS * 2000))).toBe(true)
    mark('sshd answers')

    const session = await openPiSession({ port, keyFile: image.keyFile, hostKey: () => image.hostKey }, { name: 'pi3' })
    try {
      mark('logged in over SSH')
      const prepared = await prepareBoard(session, { onProgress: () => {}, signal, ask: async () => undefined })
      expect(prepared.sentBytes).toBe(0)
      expect(prepared.card).toMatchObject({ board: 'QEMU raspi3b', emulated: true, arch: 'arm64', cores: 4 })
      mark('board looked at, runtime found and tried')
      const device = await connectDevice({
        name: 'pi3',
        kind: 'ssh',
        open: () => session.start(prepared.command),
      })
      try {
        mark('agent greeted')
        const hashes = await device.pushFiles([head, check], () => {}, signal)
        const [model, reference] = [hashes.get(head)!, hashes.get(check)!]
        const result = await device.check({ side: 'head', model, check: reference, split, threads: 1 }, signal)
        mark('first head checked')
        const seconds = (performance.now() - began) / 1000
        expect(result.ok).toBe(true)
        expect(device.info).toMatchObject({ board: 'QEMU raspi3b', emulated: true, cpu: 'Cortex-A53' })
        expect(device.source).toBe('emulated')
        expect(seconds).toBeLessThanOrEqual(bootLimitS)
      } finally {
        await device.close()
      }
      expect(await console).toMatch(/raspberrypi login: $/)
    } finally {
      globalThis.console.log(marks.join('\n'))
      await session.end()
    }
  })
})

/** What a console says up to its login. */
async function loginOn(path: string): Promise<string> {
  const port = new SerialPort({ path, baudRate: 115_200 })
  await once(port, 'open')
  let said = ''
  await new Promise<void>((resolve) => {
    port.on('data', (data: Buffer) => {
      said += data.toString('latin1')
      if (/login: $/.test(said)) resolve()
    })
  })
  await new Promise<void>((closed) => port.close(() => closed()))
  return said
}
