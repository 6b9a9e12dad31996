import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sha256 } from '../../src/system/hash.ts'
import type { ContentStore } from '../../src/system/inference/store.ts'
import { openStore } from '../../src/system/inference/store.ts'
import { itWith } from '../support/requires.ts'
import { withSmallDisk } from '../support/smallDisk.ts'

let folder: string
let store: ContentStore
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splitbench-store-'))
  store = await openStore(join(folder, 'store'))
})
afterEach(() => rm(folder, { recursive: true }))

const content = Uint8Array.from({ length: 1000 }, (_, i) => i)
const hash = sha256(content)
const push = (offset: number, end: number, into = store) =>
  into.push({ hash, size: content.length, offset, data: content.subarray(offset, end) })

describe('the store', () => {
  it('has a file once all of it is there', async () => {
    expect(await push(0, 400)).toBe(400)
    expect(await store.missing([hash])).toEqual([{ hash, received: 400 }])
    expect(await readdir(join(folder, 'store'))).toEqual([`${hash}.part`])
    expect(await push(400, 1000)).toBe(1000)
    expect(await store.missing([hash])).toEqual([])
    expect(await readdir(join(folder, 'store'))).toEqual([hash])
    expect([...(await store.read(hash))]).toEqual([...content])
  })

  it('forgets what it is told to, there or not', async () => {
    await push(0, 1000)
    await store.drop([hash, '0'.repeat(64)])
    expect(await readdir(join(folder, 'store'))).toEqual([])
    expect(await store.missing([hash])).toEqual([{ hash, received: 0 }])
  })

  it('takes any cut into chunks, with a restart of the store between any two', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 1 }),
        async (bytes, cuts) => {
          const name = sha256(bytes)
          let offset = 0
          for (let i = 0; offset < bytes.length || i === 0; i++) {
            const again = await openStore(join(folder, 'store'))
            const data = bytes.slice(offset, offset + cuts[i % cuts.length]!)
            offset = await again.push({ hash: name, size: bytes.length, offset, data })
          }
          expect([...(await store.read(name))]).toEqual([...bytes])
        },
      ),
      { numRuns: 30 },
    )
  })

  it('drops a damaged file whole, and takes it again', async () => {
    const damaged = content.slice()
    damaged[500]! ^= 1
    await expect(store.push({ hash, size: 1000, offset: 0, data: damaged })).rejects.toMatchObject({
      code: 'check-failed',
      message: expect.stringMatching(/damaged/),
    })
    expect(await readdir(join(folder, 'store'))).toEqual([])
    expect(await push(0, 1000)).toBe(1000)
  })

  it('says where to go on when a chunk is out of order, and starts over at 0', async () => {
    await push(0, 400)
    await expect(push(500, 600)).rejects.toMatchObject({ code: 'protocol-violated', data: { received: 400 } })
    await expect(push(300, 600)).rejects.toMatchObject({ data: { received: 400 } })
    expect(await push(0, 100)).toBe(100)
    expect(await push(100, 1000)).toBe(1000)
  })

  it('takes chunks that arrive together in their order', async () => {
    const sizes = await Promise.all([push(0, 300), push(300, 600), push(600, 1000)])
    expect(sizes).toEqual([300, 600, 1000])
    expect(await store.missing([hash])).toEqual([])
  })

  it('refuses chunks beyond the size, absurd sizes, and names that are not hashes', async () => {
    const data = content
    await expect(store.push({ hash, size: 10, offset: 0, data })).rejects.toMatchObject({ code: 'protocol-violated' })
    await expect(store.push({ hash, size: 2 ** 40, offset: 0, data })).rejects.toMatchObject({
      code: 'protocol-violated',
    })
    for (const name of ['../../etc/passwd', '', `${hash}/..`, `${hash}\n`, hash.toUpperCase(), `\0${hash.slice(1)}`]) {
      await expect(store.push({ hash: name, size: 1000, offset: 0, data })).rejects.toMatchObject({
        code: 'protocol-violated',
      })
      await expect(store.read(name)).rejects.toMatchObject({ code: 'protocol-violated' })
    }
    expect(await readdir(folder)).toEqual(['store'])
  })

  it('does not hand out a file that lost bits on the disk', async () => {
    await push(0, 1000)
    await writeFile(join(folder, 'store', hash), content.slice(1))
    await expect(store.read(hash)).rejects.toMatchObject({
      code: 'device-failed',
      message: expect.stringMatching(/damaged on the device/),
    })
    expect(await store.missing([hash])).toEqual([{ hash, received: 0 }])
    await expect(store.read(hash)).rejects.toMatchObject({ message: expect.stringMatching(/is not on the device/) })
  })

  it('holds an empty file', async () => {
    const empty = sha256(new Uint8Array())
    expect(await store.push({ hash: empty, size: 0, offset: 0, data: new Uint8Array() })).toBe(0)
    expect(await store.read(empty)).toHaveLength(0)
  })

  it('goes on after the process was killed in the middle of a push', async () => {
    const script = `
      import { openStore } from ${JSON.stringify(join(import.meta.dirname, '../../src/system/inference/store.ts'))}
      const store = await openStore(${JSON.stringify(join(folder, 'store'))})
      const content = Uint8Array.from({ length: 1000 }, (_, i) => i)
      for (let offset = 0; offset < 1000; offset += 10) {
        await store.push({ hash: '${hash}', size: 1000, offset, data: content.subarray(offset, offset + 10) })
        if (offset === 500) console.log('half')
        if (offset >= 500) await new Promise((resolve) => setTimeout(resolve, 5))
      }`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise((resolve) => child.stdout.once('data', resolve))
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('close', resolve))
    const received = (await store.missing([hash]))[0]!.received
    expect(received).toBeGreaterThanOrEqual(500)
    expect(received).toBeLessThan(1000)
    expect([...(await readFile(join(folder, 'store', `${hash}.part`)))]).toEqual([...content.slice(0, received)])
    expect(await push(received, 1000)).toBe(1000)
  })

  itWith('root', 'says that the disk is full, and goes on when there is room', async () => {
    await withSmallDisk(join(folder, 'disk'), 64 * 1024, async (disk) => {
      const small = await openStore(join(disk, 'store'))
      await writeFile(join(disk, 'ballast'), new Uint8Array(40 * 1024))
      const big = new Uint8Array(32 * 1024).fill(3)
      const chunk = { hash: sha256(big), size: big.length, offset: 0, data: big }
      await expect(small.push(chunk)).rejects.toMatchObject({ code: 'ENOSPC' })
      await rm(join(disk, 'ballast'))
      expect(await small.push(chunk)).toBe(big.length)
    })
  })
})
