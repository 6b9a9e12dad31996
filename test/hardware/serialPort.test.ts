import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect } from 'vitest'
import { connectDevice } from '../../src/main/workbench/devices/device.ts'
import {
  openSerialBoard,
  openSerialConsole,
  type SerialPlace,
  serialTransport,
} from '../../src/main/workbench/devices/serial/index.ts'
import { describeWith, itWith } from '../support/requires.ts'
import { writeTinyCandidate } from '../support/tinyCandidate.ts'
import { kitFolder } from './virtualPi/kit.ts'
import type { SerialLine } from './virtualPi/serialLine.ts'
import { openSerialLine } from './virtualPi/serialLine.ts'

const signal = new AbortController().signal
const agent = resolve(import.meta.dirname, '../../src/agent/index.ts')
const nobody = async () => undefined

describeWith('serial', 'a serial port of this computer', () => {
  let folder = ''
  const children: ChildProcess[] = []
  let line: SerialLine | undefined
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'splitbench-port-test-'))
  })
  afterEach(async () => {
    await line?.stop()
    line = undefined
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  const start = (command: string, args: string[], env: NodeJS.ProcessEnv = {}): ChildProcess => {
    const child = spawn(command, args, { stdio: 'ignore', env: { ...process.env, NODE_NO_WARNINGS: '1', ...env } })
    children.push(child)
    return child
  }

  /** A cable with a terminal at the board's end, and where it is at this one. */
  async function cable(terminal: string): Promise<SerialPlace> {
    const tools = join(kitFolder('arm64'), 'tools')
    const socket = join(folder, 'board.sock')
    const env = { LD_LIBRARY_PATH: join(tools, 'lib') }
    start(join(tools, 'socat'), ['-b', '1024', `UNIX-LISTEN:${socket}`, `pty,rawer,echo=0,link=${terminal}`], env)
    while (!existsSync(socket)) await sleep(10)
    line = await openSerialLine(socket, tools, { baud: 921_600 })
    while (!existsSync(terminal)) await sleep(10)
    return { path: line.path, baud: 921_600 }
  }

  const connect = (place: SerialPlace) =>
    connectDevice(
      serialTransport(place, { name: 'pi', ask: nobody, signal, prepare: () => expect.fail('there is no shell') }),
    )

  itWith('serial', 'on which an agent waits is recognised; it serves one caller after another', async () => {
    const terminal = join(folder, 'ttyBoard')
    const place = await cable(terminal)
    start(process.execPath, [agent, '--port', terminal, '--baud', '921600', '--store', join(folder, 'store')])
    const { head, check, split } = await writeTinyCandidate(folder, 'uint8')
    for (let caller = 0; caller < 2; caller++) {
      const device = await connect(place)
      expect(device.info).toMatchObject({ name: 'pi', kind: 'serial' })
      const hashes = await device.pushFiles([head, check], () => {}, signal)
      const deployed = { side: 'head' as const, model: hashes.get(head)!, check: hashes.get(check)!, split, threads: 1 }
      expect(await device.check(deployed, signal)).toMatchObject({ ok: true })
      await device.close()
    }
  })

  itWith('serial', 'whose agent was started anew in the middle fails clearly, and works the next time', async () => {
    const terminal = join(folder, 'ttyBoard')
    const place = await cable(terminal)
    const args = [agent, '--port', terminal, '--baud', '921600', '--store', join(folder, 'store')]
    const first = start(process.execPath, args)
    const device = await connect(place)
    first.kill('SIGKILL')
    start(process.execPath, args)
    await expect(device.conditions(signal)).rejects.toMatchObject({
      code: 'device-failed',
      message: expect.stringMatching(/started anew/),
    })
    const again = await connect(place)
    expect(await again.conditions(signal)).toBeDefined()
    await again.close()
  })

  itWith('serial', 'that is silent, missing, or held by another program says so', async () => {
    const place = await cable(join(folder, 'ttyBoard'))
    await expect(openSerialBoard(place, { name: 'pi', ask: nobody, signal })).rejects.toMatchObject({
      message: `Device pi: nothing answers on ${place.path} at 921600 baud.`,
      hint: expect.stringMatching(/enable_uart=1/),
    })
    const missing = { path: join(folder, 'ttyUSB9'), baud: 9600 }
    await expect(openSerialConsole(missing)).rejects.toMatchObject({ message: `There is no port ${missing.path}.` })
    await writeFile(missing.path, '')
    await expect(openSerialConsole(missing)).rejects.toMatchObject({ message: `${missing.path} is no serial port.` })

    const holder = `
      import { SerialPort } from 'serialport'
      const port = new SerialPort({ path: ${JSON.stringify(place.path)}, baudRate: 9600 }, (error) => console.log(error ?? 'open'))
      // An open port alone keeps no process alive: it would be free again some milliseconds after "open".
      setInterval(() => {}, 1000)`
    const other = spawn(process.execPath, ['--input-type=module', '-e', holder], {
      cwd: resolve(import.meta.dirname, '../..'),
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    children.push(other)
    const said = await new Promise((opened) => other.stdout!.once('data', opened))
    expect(String(said)).toBe('open\n')
    await expect(openSerialConsole(place)).rejects.toMatchObject({
      code: 'device-failed',
      // The terminal's maker holds it too, and comes first.
      message: expect.stringMatching(/is in use by (socat|node|MainThread) \(process \d+\)\.$/),
    })
  })

  itWith('serial', 'shows what comes and takes what is typed in a console, one user at a time', async () => {
    const terminal = join(folder, 'ttyBoard')
    const place = await cable(terminal)
    start('sh', ['-c', `echo booted > ${terminal}; exec cat < ${terminal} > ${terminal}`])
    const console = await openSerialConsole(place)
    let text = ''
    console.onBytes((bytes) => {
      text += Buffer.from(bytes).toString()
    })
    await console.write(Buffer.from('typed\n'))
    while (!text.includes('typed')) await sleep(20)
    const second = openSerialConsole(place)
    await expect(Promise.race([second.then(() => 'open'), sleep(300).then(() => 'waits')])).resolves.toBe('waits')
    await console.close()
    await (await second).close()
  })
})
