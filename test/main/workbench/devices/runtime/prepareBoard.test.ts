import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { Ask, Question } from '../../../../../src/main/workbench/devices/ask.ts'
import { connectDevice } from '../../../../../src/main/workbench/devices/device.ts'
import { agentBundle, codersBundle } from '../../../../../src/main/workbench/devices/runtime/agentBundle.ts'
import { writeArchive } from '../../../../../src/main/workbench/devices/runtime/archive.ts'
import { bundleFile } from '../../../../../src/main/workbench/devices/runtime/bundleFile.ts'
import { type RuntimeBundle, runtimeBundle } from '../../../../../src/main/workbench/devices/runtime/bundles.ts'
import { deliver } from '../../../../../src/main/workbench/devices/runtime/deliver.ts'
import { type PreparedBoard, prepareBoard } from '../../../../../src/main/workbench/devices/runtime/prepareBoard.ts'
import { recipes } from '../../../../../src/main/workbench/devices/runtime/recipes.ts'
import { chooseStart, startCommand } from '../../../../../src/main/workbench/devices/runtime/start.ts'
import { processesWith } from '../../../../support/agentProcess.ts'
import { type LocalBoard, localBoard } from '../../../../support/localBoard.ts'
import { describeWith } from '../../../../support/requires.ts'
import { writeTinyCandidate } from '../../../../support/tinyCandidate.ts'

const never = new AbortController().signal
const quiet = { onProgress() {}, signal: never, ask: async () => undefined }

/** A PC as a board: the very runtime for 64-bit x86, on this computer. */
describeWith('linux-x64', 'a board is prepared', () => {
  let folder: string
  let board: LocalBoard
  let runtime: RuntimeBundle
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'splitbench-prepare-'))
    runtime = await runtimeBundle('x64', quiet)
    board = await localBoard()
  })
  afterEach(() => expect(processesWith(board.home)).toEqual([]))
  afterAll(async () => {
    await board.remove()
    await rm(folder, { recursive: true })
  })

  /** Greets the agent and checks a head. */
  async function checkWith(command: string) {
    const device = await connectDevice({ name: 'board', kind: 'ssh', open: () => board.start(command) })
    try {
      const { head, check, split } = await writeTinyCandidate(join(folder, 'tiny'), 'uint8')
      const hashes = await device.pushFiles([head, check], () => {}, never)
      const [model, reference] = [hashes.get(head)!, hashes.get(check)!]
      const result = await device.check({ side: 'head', model, check: reference, split, threads: 1 }, never)
      return { result, info: device.info }
    } finally {
      await device.close()
    }
  }

  it('the runtime is pushed once, and the agent runs in it', async () => {
    const first = await prepareBoard(board, quiet)
    expect(first).toMatchObject({ runtime: 'native', notes: [] })
    expect(first.sentBytes).toBeGreaterThan(runtime.bytes)
    expect(first.card).toMatchObject({ arch: 'x64', runtime: runtime.runtimeTitle, emulated: false })
    const { result, info } = await checkWith(first.command)
    expect(result).toMatchObject({ ok: true })
    expect(info.runtime).toBe(runtime.runtimeTitle)
    const second: PreparedBoard = await prepareBoard(board, quiet)
    expect(second).toMatchObject({ command: first.command, sentBytes: 0 })
    expect(await readdir(join(board.home, '.splitbench', 'store'))).toHaveLength(2)
    // ONNX Runtime's telemetry keeps its files in the home folder's cache.
    expect((await readdir(board.home)).sort()).toEqual(['.splitbench'])
  })

  it('also by its own loader and C library, where the board’s do not serve', async ({ skip }) => {
    if (runtime.withoutCLibrary !== null) skip(runtime.withoutCLibrary)
    const [agent, coders] = [await agentBundle(quiet), await codersBundle(quiet)]
    const loader = { kind: 'loader', loader: recipes.x64.loader } as const
    expect((await checkWith(startCommand({ runtime, coders, agent }, loader))).result).toMatchObject({ ok: true })
    // A board whose kernel does not find the loader that is named in the program.
    const lacking: LocalBoard = {
      ...board,
      exec: (command, options) =>
        / \.\/\S*bin\/node --version$/.test(command) && !command.includes('--library-path')
          ? board.exec('exit 127', options)
          : board.exec(command, options),
    }
    expect(await chooseStart(lacking, runtime, recipes.x64.loader, never)).toEqual(loader)
  })

  it('a runtime is made once; one without a C library is tried again the next day', async () => {
    const cache = join(folder, 'cache')
    await mkdir(cache)
    const name = basename(runtime.path, '.tgz')
    await copyFile(runtime.path, join(cache, `${name}.tgz`))
    const note = JSON.parse(await readFile(join(dirname(runtime.path), `${name}.json`), 'utf8'))
    // Whoever is cancelled already cannot make one.
    const cancelled = { ...quiet, signal: AbortSignal.abort() }
    const noted = async (change: object) => {
      await writeFile(join(cache, `${name}.json`), JSON.stringify({ ...note, withoutCLibrary: null, ...change }))
      return runtimeBundle('x64', cancelled, cache)
    }
    expect(await noted({})).toMatchObject({ id: runtime.id, bytes: runtime.bytes })
    expect(await noted({ withoutCLibrary: 'no Debian', madeAt: Date.now() })).toMatchObject({
      withoutCLibrary: 'no Debian',
    })
    const yesterday = Date.now() - 25 * 3600 * 1000
    await expect(noted({ withoutCLibrary: 'no Debian', madeAt: yesterday })).rejects.toMatchObject({
      code: 'cancelled',
    })
    expect((await readdir(cache)).filter((entry) => entry.startsWith('.'))).toEqual([])
  })

  it('a runtime that does not start is named', async () => {
    const other = await localBoard()
    const node = join(folder, 'node')
    await writeFile(node, '#!/bin/sh\necho no such instruction >&2\nexit 3\n')
    const entries = [{ path: 'bin/node', source: node, executable: true }]
    const path = join(folder, 'broken.tgz')
    const broken = { ...runtime, path, ...(await writeArchive('runtime', entries, path, () => {}, never)) }
    await deliver(other, broken, quiet)
    await expect(chooseStart(other, { ...broken, withoutCLibrary: null }, 'none', never)).rejects.toMatchObject({
      code: 'device-failed',
      message: expect.stringMatching(/^Device board: could not start the runtime/),
      hint: expect.stringContaining('remove it, and it is sent again'),
    })
    await expect(chooseStart(other, { ...broken, withoutCLibrary: 'no Debian' }, 'none', never)).rejects.toMatchObject({
      message: 'Device board: could not start the runtime: no such instruction (exit code 3).',
      hint: expect.stringContaining('run the same command on a Debian system'),
    })
    const illegal: LocalBoard = { ...other, exec: (_, options) => other.exec('kill -ILL $$', options) }
    await expect(chooseStart(illegal, broken, 'none', never)).rejects.toMatchObject({ code: 'device-unsupported' })
    await other.remove()
  })

  it('from a memory card: the one command unpacks it, and nothing is sent', async () => {
    const file = await bundleFile('x64', join(folder, 'card.tgz'), quiet)
    const other = await localBoard()
    const outcome = await other.exec(file.command.replace('card.tgz', file.path))
    expect(outcome).toMatchObject({ code: 0, stderr: '' })
    expect(await prepareBoard(other, quiet)).toMatchObject({ sentBytes: 0 })
    await other.remove()
  })

  it('over a slow line only who has been told the time and agrees gets it', async () => {
    const slow = await localBoard({ kind: 'serial', lineBytesPerS: 11_520 })
    const asked: Question[] = []
    const no: Ask = async (question) => {
      asked.push(question)
      return false
    }
    await expect(prepareBoard(slow, { ...quiet, ask: no })).rejects.toMatchObject({
      code: 'device-failed',
      message: expect.stringMatching(
        /not on board yet \(66\.\d MB, about 1 h 3\d min at 11\.5 kB\/s over this line\), and nothing was sent/,
      ),
      hint: expect.stringContaining('splitbench device bundle'),
    })
    expect(asked).toMatchObject([{ kind: 'confirm', text: expect.stringContaining('about 1 h 3'), yes: 'Send' }])
    expect(slow.uploaded).toBe(0)
    expect(await readdir(slow.home)).toEqual([])
    // Nobody is there to be asked.
    await expect(prepareBoard(slow, quiet)).rejects.toMatchObject({ code: 'device-failed' })
    // With runtime and coders there, the agent alone is short enough not to ask.
    const there = ['runtime', 'coders'].map((place) => `'${board.home}/.splitbench/${place}'`)
    await slow.exec(`mkdir -p .splitbench && cp -al ${there.join(' ')} .splitbench/`)
    const { sentBytes } = await prepareBoard(slow, { ...quiet, ask: no })
    expect(sentBytes).toBeGreaterThan(0)
    expect(sentBytes).toBeLessThan(200_000)
    expect(asked).toHaveLength(1)
    await slow.remove()
  })

  it('an ARMv6 board is refused before anything is sent', async () => {
    const zero = await localBoard()
    const answer = await readFile(join(import.meta.dirname, 'boards', 'raspberry-pi-zero.txt'), 'utf8')
    const probing: LocalBoard = { ...zero, exec: async () => ({ code: 0, signal: null, stdout: answer, stderr: '' }) }
    await expect(prepareBoard(probing, quiet)).rejects.toMatchObject({
      code: 'device-unsupported',
      message: expect.stringContaining('Nothing was sent'),
    })
    expect(await readdir(zero.home)).toEqual([])
    await zero.remove()
  })
})
