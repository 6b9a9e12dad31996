import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { root } from '../../scripts/setup/paths.mjs'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'splitbench-set-up-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const module = (name: string) => JSON.stringify(pathToFileURL(join(root, 'scripts', 'setup', name)).href)

/** Runs source in a Node of its own, with its own user cache. */
function start(source: string): ChildProcess {
  return spawn(process.execPath, ['--input-type=module', '-e', source], {
    env: { ...process.env, XDG_CACHE_HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

const ended = (child: ChildProcess) =>
  new Promise<{ code: number | null; stdout: string; stderr: string }>((done) => {
    let stdout = ''
    let stderr = ''
    child.stdout?.on('data', (text) => {
      stdout += text
    })
    child.stderr?.on('data', (text) => {
      stderr += text
    })
    child.on('close', (code) => done({ code, stdout, stderr }))
  })

const lockFile = () => join(folder, 'splitbench', 'locks', 'thing.lock')
const holding = (work: string) => `
import { withLock } from ${module('lock.mjs')}
await withLock('thing', async () => { ${work} })
`

describe('the lock of set-up', () => {
  it('lets one process in at a time', async () => {
    const log = JSON.stringify(join(folder, 'log'))
    const work = `
      const { appendFileSync } = await import('node:fs')
      appendFileSync(${log}, 'in ')
      await new Promise((done) => setTimeout(done, 150))
      appendFileSync(${log}, 'out ')`
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => ended(start(holding(work)))))
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0, 0])
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('in out in out in out in out ')
    expect(existsSync(lockFile())).toBe(false)
  })

  it('takes over from an owner that was killed', async () => {
    const owner = start(holding(`console.log('held'); await new Promise((done) => setTimeout(done, 60_000))`))
    const closed = ended(owner)
    await new Promise((held) => owner.stdout?.once('data', held))
    owner.kill('SIGKILL')
    await closed
    expect(existsSync(lockFile())).toBe(true)
    expect((await ended(start(holding(`console.log('mine')`)))).stdout).toContain('mine')
  })

  it('takes over a lock that names no process', async () => {
    mkdirSync(join(folder, 'splitbench', 'locks'), { recursive: true })
    writeFileSync(lockFile(), '')
    expect((await ended(start(holding(`console.log('mine')`)))).stdout).toContain('mine')
  })
})

describe('the launcher', () => {
  const launching = (script: string) => {
    const path = join(folder, 'child.mjs')
    writeFileSync(path, script)
    return `
      import { launch } from ${module('launch.mjs')}
      process.exitCode = await launch([${JSON.stringify(path)}, '--flag', 'a b'])`
  }

  it('passes arguments, environment and exit code', async () => {
    const child = start(
      launching(`
        console.log(JSON.stringify([process.argv.slice(2), process.env.ORT_DISABLE_TELEMETRY, process.cwd()]))
        process.exit(7)`),
    )
    const { code, stdout } = await ended(child)
    expect(JSON.parse(stdout)).toEqual([['--flag', 'a b'], '1', root])
    expect(code).toBe(7)
  })

  it('passes SIGINT once and lets the child decide on its exit code', async () => {
    const child = start(
      launching(`
        let count = 0
        process.on('SIGINT', () => { count++; setTimeout(() => { console.log('signals', count); process.exit(130) }, 300) })
        setTimeout(() => {}, 60_000)
        console.log('ready')`),
    )
    const outcome = ended(child)
    await new Promise((ready) => child.stdout?.once('data', ready))
    child.kill('SIGINT')
    child.kill('SIGINT')
    expect(await outcome).toMatchObject({ code: 130, stdout: expect.stringContaining('signals 1') })
  })

  it('gives 128 + n where a signal ended the child', async () => {
    const { code } = await ended(start(launching(`process.kill(process.pid, 'SIGKILL')`)))
    expect(code).toBe(137)
  })
})

describe('the way in', () => {
  it('names what it knows when it does not know what is wanted', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts', 'setup', 'run.mjs'), 'nonsense'], {
      encoding: 'utf8',
    })
    expect(status).toBe(1)
    expect(stderr).toContain("Unknown command 'nonsense'")
    expect(stderr).toContain('splitbench, compare, pretrain, doctor')
  })
})
