import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Progress } from '#common/contract/job.ts'
import { writeArchive } from '../../../../../src/main/workbench/devices/runtime/archive.ts'
import type { Bundle } from '../../../../../src/main/workbench/devices/runtime/bundles.ts'
import { assertRoom, deliver, lineEstimate } from '../../../../../src/main/workbench/devices/runtime/deliver.ts'
import { partOf, placeOf } from '../../../../../src/main/workbench/devices/runtime/installScript.ts'
import { keepNewest } from '../../../../../src/main/workbench/devices/runtime/oldBundles.ts'
import { processesWith } from '../../../../support/agentProcess.ts'
import { type LocalBoard, localBoard } from '../../../../support/localBoard.ts'
import { itWith } from '../../../../support/requires.ts'
import { withSmallDisk } from '../../../../support/smallDisk.ts'

const never = new AbortController().signal
const quiet = { onProgress() {}, signal: never }
const quick = { staleMs: 300, lookMs: 50 }
/** Over SSH the end of a broken push is sent again. */
const slack = 4 * 1024 * 1024

let folder: string
let board: LocalBoard
let bundle: Bundle
let content: Buffer

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splitbench-deliver-'))
  board = await localBoard()
  content = randomBytes(6_000_000)
  bundle = await bundleOf(content)
})
afterEach(async () => {
  expect(processesWith(board.home)).toEqual([])
  await board.remove()
  await rm(folder, { recursive: true })
})

async function bundleOf(bytes: Buffer): Promise<Bundle> {
  const source = join(folder, `content-${bytes.length}`)
  await writeFile(source, bytes)
  const path = join(folder, 'bundle.tgz')
  const files = [{ path: 'bin/node', source, executable: true }]
  return {
    place: 'runtime',
    title: 'the bundle',
    path,
    ...(await writeArchive('runtime', files, path, () => {}, never)),
  }
}

const installed = (): Promise<Buffer> => readFile(join(board.home, '.splitbench', placeOf(bundle), 'bin', 'node'))
const onItsWay = (): Promise<string[]> => readdir(join(board.home, '.splitbench', 'incoming'))

describe('a bundle on its way to a board', () => {
  it('arrives whole, and is not sent a second time', async () => {
    const progress: Progress[] = []
    const { sent } = await deliver(board, bundle, { onProgress: (one) => progress.push(one), signal: never })
    expect(sent).toBe(bundle.bytes)
    expect((await installed()).equals(content)).toBe(true)
    expect(await onItsWay()).toEqual([])
    expect(progress.map(({ phase }) => phase)).toEqual(expect.arrayContaining(['push', 'install']))
    const sizes = progress.filter(({ phase }) => phase === 'push').map(({ done }) => done)
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b))
    expect(progress.findLast(({ phase }) => phase === 'push')).toMatchObject({
      done: bundle.bytes,
      total: bundle.bytes,
    })
    expect(await deliver(board, bundle, quiet)).toEqual({ sent: 0 })
    expect(board.uploaded).toBe(bundle.bytes)
  })

  it('goes on where a broken push ended', async () => {
    board.breakAt = 5_000_000
    await expect(deliver(board, bundle, quiet)).rejects.toMatchObject({ code: 'device-failed' })
    expect(await onItsWay()).toEqual([`${bundle.sha256}.tgz.part`])
    const { sent } = await deliver(board, bundle, quiet)
    expect(sent).toBe(bundle.bytes - 5_000_000 + slack)
    expect((await installed()).equals(content)).toBe(true)
  })

  it('starts over where what was left is damaged, or too long', async () => {
    const part = join(board.home, '.splitbench', partOf(bundle))
    await mkdir(join(part, '..'), { recursive: true })
    for (const left of [randomBytes(slack + 100_000), randomBytes(bundle.bytes + 5)]) {
      await rm(join(board.home, '.splitbench', 'runtime'), { recursive: true, force: true })
      await writeFile(part, left)
      await deliver(board, bundle, quiet)
      expect((await installed()).equals(content)).toBe(true)
    }
  })

  it('that does not have its hash gets no name', async () => {
    await truncate(bundle.path, bundle.bytes - 1)
    await expect(deliver(board, bundle, quiet)).rejects.toMatchObject({
      code: 'check-failed',
      message: 'Device board: the bundle arrived damaged.',
    })
    await expect(installed()).rejects.toThrow('ENOENT')
    expect(await onItsWay()).toEqual([])
  })

  it('two at once: one is sent, the other waits', async () => {
    const [one, two] = await Promise.all([deliver(board, bundle, quiet, quick), deliver(board, bundle, quiet, quick)])
    expect([one.sent, two.sent].sort()).toEqual([0, bundle.bytes])
    expect(board.uploaded).toBe(bundle.bytes)
  })

  it('takes over from an owner that is gone, and removes what others left half', async () => {
    const incoming = join(board.home, '.splitbench', 'incoming')
    await mkdir(join(incoming, `${bundle.sha256}.lock`), { recursive: true })
    await writeFile(join(incoming, `${bundle.sha256}.lock`, 'owner'), '0123456789ab\n')
    const other = 'f'.repeat(64)
    await writeFile(join(incoming, `${other}.tgz.part`), 'half')
    await mkdir(join(incoming, `${other}.tmp`))
    const waits: string[] = []
    await deliver(board, bundle, { onProgress: ({ title }) => waits.push(title), signal: never }, quick)
    expect(waits[0]).toBe('Waiting for another program that sends the bundle')
    expect((await installed()).equals(content)).toBe(true)
    expect(await onItsWay()).toEqual([])
  })

  it('leaves alone what another owner is sending', async () => {
    const other = join(board.home, '.splitbench', 'incoming', 'f'.repeat(64))
    await mkdir(`${other}.lock`, { recursive: true })
    await writeFile(`${other}.tgz.part`, 'half')
    await deliver(board, bundle, quiet)
    expect((await onItsWay()).sort()).toEqual([`${'f'.repeat(64)}.lock`, `${'f'.repeat(64)}.tgz.part`])
  })

  it('cancelled while it is sent: what arrived stays for the next time', async () => {
    const abort = new AbortController()
    const watch = {
      signal: abort.signal,
      onProgress({ phase, done }: Progress) {
        if (phase === 'push' && done > 5_000_000) abort.abort()
      },
    }
    await expect(deliver(board, bundle, watch)).rejects.toMatchObject({ code: 'cancelled' })
    expect(await onItsWay()).toEqual([`${bundle.sha256}.tgz.part`])
    expect((await deliver(board, bundle, quiet)).sent).toBeLessThan(bundle.bytes)
  })

  it('cancelled while it is unpacked: no process stays, and it need not be sent again', async () => {
    const tar = join(board.programs, 'tar')
    await writeFile(tar, `#!/bin/sh\nsleep 60 # ${board.home}\n`)
    await chmod(tar, 0o755)
    const abort = new AbortController()
    const outcome = deliver(board, bundle, { onProgress() {}, signal: abort.signal })
    const ended = expect(outcome).rejects.toMatchObject({ code: 'cancelled' })
    while (processesWith(tar).length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    abort.abort()
    await ended
    expect(processesWith(tar)).toEqual([])
    expect(await onItsWay()).toEqual([`${bundle.sha256}.tgz`])
    await rm(tar)
    expect(await deliver(board, bundle, quiet)).toEqual({ sent: 0 })
    expect((await installed()).equals(content)).toBe(true)
  })

  itWith('root', 'a disk that is full on the way is named, and is not kept full', async () => {
    for (const bytes of [4_000_000, 9_000_000]) {
      await withSmallDisk(join(folder, `disk-${bytes}`), bytes, async (home) => {
        const small = await localBoard({ home })
        await expect(deliver(small, bundle, quiet)).rejects.toMatchObject({
          code: 'disk-full',
          message: expect.stringMatching(/disk is full/),
        })
        expect(await readdir(join(home, '.splitbench', 'incoming'))).toEqual([])
        await small.remove()
      })
    }
  })

  it('a home folder that cannot be written to is named', async () => {
    await writeFile(join(board.home, '.splitbench'), 'a file')
    await expect(deliver(board, bundle, quiet)).rejects.toMatchObject({
      code: 'device-failed',
      message: expect.stringMatching(/^Device board: could not prepare for the bundle: .*Not a directory/),
    })
  })
})

describe('old bundles', () => {
  /** Delivers so many bundles one after the other; each counts as used a minute after the one before it. */
  async function deliverAll(count: number, between: (id: string, index: number) => void): Promise<string[]> {
    const ids: string[] = []
    for (let i = 0; i < count; i++) {
      const next = await bundleOf(randomBytes(1000))
      await deliver(board, next, quiet)
      ids.push(next.id)
      const minutesAgo = new Date(Date.now() - (count - i) * 60_000)
      await utimes(join(board.home, '.splitbench', placeOf(next), 'ready'), minutesAgo, minutesAgo)
      between(next.id, i)
    }
    return ids
  }
  const there = async (): Promise<string[]> => (await readdir(join(board.home, '.splitbench', 'runtime'))).sort()

  it('go from the board, but for the one used last before', async () => {
    const ids = await deliverAll(4, () => {})
    expect(await there()).toEqual([ids[2], ids[3]].sort())
  })

  it('stay while a program runs from them', async () => {
    let running: ChildProcess | undefined
    const ids = await deliverAll(4, (id, index) => {
      if (index === 0) running = spawn('sleep', ['60'], { argv0: `./runtime/${id}/bin/node` })
    })
    expect(await there()).toEqual([ids[0], ids[2], ids[3]].sort())
    running!.kill()
    await once(running!, 'exit')
    ids.push(...(await deliverAll(1, () => {})))
    expect(await there()).toEqual([ids[3], ids[4]].sort())
  })

  it('go from the cache a day after they were used last', async () => {
    const name = (digit: string): string => `agent-${digit.repeat(16)}`
    const cache = join(folder, 'cache')
    await mkdir(cache)
    const now = new Date('2026-05-10T12:00:00Z')
    const used = { a: 3, b: 50, c: 30, d: 100, e: 20 }
    for (const [digit, hours] of Object.entries(used)) {
      for (const path of [join(cache, `${name(digit)}.tgz`), join(cache, `${name(digit)}.json`)]) {
        await writeFile(path, '')
        const then = new Date(now.getTime() - hours * 3_600_000)
        await utimes(path, then, then)
      }
    }
    await writeFile(join(cache, 'something else'), '')
    await keepNewest(cache, /^agent-[0-9a-f]{16}/, name('d'), now)
    const left = (await readdir(cache)).sort()
    // "d" is used now, "a" was used before it, "e" within a day.
    const kept = ['a', 'd', 'e'].flatMap((digit) => [`${name(digit)}.json`, `${name(digit)}.tgz`])
    expect(left).toEqual([...kept, 'something else'])
  })
})

describe('before anything is sent', () => {
  it('the room on the disk is compared with what is needed', () => {
    const missing = [{ bundle, received: 0 }]
    expect(() => assertRoom('board', 1e9, missing)).not.toThrow()
    expect(() => assertRoom('board', null, missing)).not.toThrow()
    expect(() => assertRoom('board', 0, [])).not.toThrow()
    expect(() => assertRoom('board', 20e6, missing)).toThrow(
      /its disk has 20 MB free, and the bundle needs 28 MB\. Nothing was sent/,
    )
  })

  it('the time on a slow line is computed', () => {
    expect(lineEstimate(58_159_007, 11_520)).toEqual({
      seconds: 58_159_007 / 11_520,
      text: '58.2 MB, about 1 h 24 min at 11.5 kB/s',
    })
  })
})
