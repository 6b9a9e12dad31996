import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { access } from 'node:fs/promises'
import { SerialPort } from 'serialport'
import { afterEach, expect } from 'vitest'
import { childrenWith } from '../support/agentProcess.ts'
import { describeWith, itWith } from '../support/requires.ts'
import type { SerialPi, SerialPiOptions } from './virtualPi/serialPi.ts'
import { startSerialPi } from './virtualPi/serialPi.ts'

const lines: SerialPi[] = []
const ports: SerialPort[] = []

async function start(options: SerialPiOptions): Promise<SerialPi> {
  const line = await startSerialPi(options)
  lines.push(line)
  return line
}

/** An open port that remembers what it was told. */
async function open(path: string) {
  const port = new SerialPort({ path, baudRate: 115_200 })
  ports.push(port)
  port.on('error', () => {})
  await once(port, 'open')
  let received = Buffer.alloc(0)
  let heard = () => {}
  port.on('data', (data: Buffer) => {
    received = Buffer.concat([received, data])
    heard()
  })
  return {
    port,
    write: (bytes: Buffer | string) => void port.write(bytes),
    async until(holds: (received: Buffer) => boolean): Promise<Buffer> {
      while (!holds(received)) {
        await new Promise<void>((resolve) => {
          heard = resolve
        })
      }
      const taken = received
      received = Buffer.alloc(0)
      return taken
    },
    async text(pattern: RegExp): Promise<string> {
      return (await this.until((bytes) => pattern.test(bytes.toString('latin1')))).toString('latin1')
    },
  }
}

afterEach(async () => {
  for (const port of ports.splice(0)) if (port.isOpen) await new Promise<void>((closed) => port.close(() => closed()))
  await Promise.all(lines.splice(0).map((line) => line.stop()))
  expect(childrenWith('socat')).toEqual([])
})

describeWith('serial', 'the virtual Pi on a serial line', () => {
  itWith('serial', 'has the real login, a terminal of its own, and a login again after it', async () => {
    const { path } = await start({ baud: 921_600 })
    const console = await open(path)
    await console.text(/raspberrypi login: $/)
    console.write('pi\n')
    await console.text(/Password: $/)
    console.write('wrong\n')
    await console.text(/Login incorrect[\s\S]*login: $/)
    console.write('pi\n')
    await console.text(/Password: $/)
    console.write('raspberry\n')
    await console.text(/\$ $/)
    console.write('tty; id -un; echo $VPI; stty size\n')
    expect(await console.text(/\$ $/)).toMatch(/\/dev\/pts\/\d+\r\npi\r\n1\r\n/)
    console.write('exit\n')
    await console.text(/login: $/)
  })

  itWith('serial', 'carries bytes as they are and no faster than its rate', async () => {
    const bytes = 20_000
    const { path, pi } = await start({ baud: 115_200, command: 'echo ready; head -c 20000 | sha256sum; cat' })
    const console = await open(path)
    await console.text(/ready/)
    const data = randomBytes(bytes)
    const began = performance.now()
    console.write(data)
    const answer = await console.text(/[0-9a-f]{64}/)
    const seconds = (performance.now() - began) / 1000
    expect(answer).toContain(createHash('sha256').update(data).digest('hex'))
    expect(seconds).toBeGreaterThan((bytes * 10) / 115_200)
    expect((await pi.exec('echo beside it')).stdout).toBe('beside it\n')
  })

  itWith('serial', 'flips bits at the rate it is told, the same each time', async () => {
    const data = Buffer.alloc(20_000)
    const heard: Buffer[] = []
    for (const _ of [1, 2]) {
      const line = await start({ baud: 4_000_000, seed: 7, command: 'echo ready; cat' })
      const console = await open(line.path)
      await console.text(/ready\n/)
      line.noise(1e-3, 'to-board')
      console.write(data)
      heard.push(await console.until((bytes) => bytes.length === data.length))
      expect(line.flipped()).toBe(ones(heard.at(-1)!))
    }
    expect(heard[0]).toEqual(heard[1])
    // 160,000 bits: 160 flips expected, standard deviation 12.6.
    expect(ones(heard[0]!)).toBeGreaterThan(100)
    expect(ones(heard[0]!)).toBeLessThan(220)
  })

  itWith('serial', 'can be unplugged in the middle and comes back under another path', async () => {
    const line = await start({ baud: 921_600, command: 'echo ready; cat > /tmp/got' })
    const console = await open(line.path)
    await console.text(/ready/)
    const closed = once(console.port, 'close')
    const pulled = line.unplugAfter(1234)
    console.write(randomBytes(10_000))
    await Promise.all([pulled, closed])
    await expect(access(line.path)).rejects.toThrow('ENOENT')
    const size = async () => Number((await line.pi.exec('stat -c %s /tmp/got')).stdout)
    while ((await size()) < 1234);
    const again = line.path.replace('USB0', 'USB1')
    await line.replug(again)
    const back = await open(again)
    back.write('more')
    while ((await size()) < 1238);
    expect(await size()).toBe(1238)
  })
})

const ones = (bytes: Buffer): number =>
  bytes.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0)
