import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lockPathOf, readLock, runsFolderOf } from '../../../src/main/workbench/desktop/lock.ts'
import { Workbench } from '../../../src/main/workbench/desktop/workbench.ts'
import { startCli } from '../../support/cli.ts'
import { describeWith } from '../../support/requires.ts'

describeWith('tensorflow', 'a comparison begun in a terminal', () => {
  const compare = ['compare', '--profile', 'toy', '--frameworks', 'only-splitting', '--points', 'pool3', '--json']
  let cwd: string
  beforeEach(() => {
    cwd = realpathSync(mkdtempSync(join(tmpdir(), 'splitbench-doors-')))
  })
  afterEach(() => rmSync(cwd, { recursive: true, force: true }))
  const until = async (condition: () => boolean | Promise<boolean>) => {
    while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const unfinished = () => {
    const shelf = join(runsFolderOf(cwd), '.running')
    return existsSync(shelf) ? readdirSync(shelf) : []
  }
  const isGone = (pid: number) => {
    try {
      process.kill(pid, 0)
      return false
    } catch {
      return true
    }
  }

  it('joins the desktop process that is there: seen and cancelled in the window, finished there on the next try', async () => {
    const window = new Workbench(cwd, 'web')
    const client = await window.client()
    try {
      const { finished } = startCli(compare, { cwd })
      const running = async () => (await client.request('jobs.list', {})).jobs.find(({ progress }) => progress !== null)
      await until(async () => (await running()) !== undefined)
      const { id, command, pid } = (await running())!
      expect(command).toMatch(/^npm run splitbench -- compare --profile toy/)
      expect(pid).toBe(process.pid)
      expect((await client.request('jobs.cancel', { job: id })).state).toBe('cancelling')
      const first = await finished
      expect([first.code, first.stdout]).toEqual([130, ''])
      expect(first.stderr).toMatch(/Joining the desktop process/)
      expect(first.stderr).toMatch(/Cancelled in the window/)
      const [run] = unfinished()

      const again = await startCli(compare, { cwd }).finished
      expect(again.code).toBe(0)
      expect(JSON.parse(again.stdout).run).toMatchObject({ id: run, resumed: 1 })
      expect((await client.request('runs.list', {})).runs.map((one) => one.id)).toEqual([run])
    } finally {
      client.dispose()
      await window.close()
    }
  })

  it('is the desktop process where none is there; a window that comes later sees it and cancels it', async () => {
    const { child, finished } = startCli(compare, { cwd })
    await until(() => readLock(cwd) !== undefined && unfinished().length > 0)
    expect(readLock(cwd)).toMatchObject({ pid: child.pid, door: 'terminal' })
    const window = new Workbench(cwd, 'web')
    const client = await window.client()
    expect(window.owner).toBe(false)
    const [job] = (await client.request('jobs.list', {})).jobs
    expect(job).toMatchObject({ pid: child.pid, state: 'running' })
    await client.request('jobs.cancel', { job: job!.id })
    expect((await finished).code).toBe(130)
    const after = await window.client()
    expect(window.owner).toBe(true)
    expect((await after.request('jobs.list', {})).jobs[0]).toMatchObject({ state: 'cancelled', resumable: true })
    after.dispose()
    await window.close()
    expect(existsSync(lockPathOf(cwd))).toBe(false)
  })

  it('does not go on without its launcher: one that is killed alone leaves no process and a run to be resumed', async () => {
    const run = resolve(import.meta.dirname, '..', '..', '..', 'scripts', 'setup', 'run.mjs')
    const launcher = spawn(process.execPath, [run, ...compare], {
      cwd,
      detached: true,
      stdio: 'ignore',
      // Set where npm runs the tests: the launcher would work in that folder.
      env: { ...process.env, INIT_CWD: undefined },
    })
    // The folder is there a moment before its owner is noted in it.
    const owners = () =>
      unfinished()
        .map((run) => join(runsFolderOf(cwd), '.running', run, 'owner.json'))
        .filter((file) => existsSync(file))
    await until(() => owners().length > 0)
    const { pid } = JSON.parse(readFileSync(owners()[0]!, 'utf8'))
    expect(pid).not.toBe(launcher.pid)
    launcher.kill('SIGKILL')
    await until(() => isGone(pid))
    expect(unfinished()).toHaveLength(1)
    await until(() => owners().length === 0)
  })
})
