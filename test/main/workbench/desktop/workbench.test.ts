import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { Client } from '#common/contract/rpc.ts'
import type { WorkbenchContract } from '#common/contract/workbench.ts'
import type { JobWork } from '../../../../src/main/workbench/desktop/job.ts'
import type { Door } from '../../../../src/main/workbench/desktop/lock.ts'
import { lockPathOf, readLock } from '../../../../src/main/workbench/desktop/lock.ts'
import { specOfForm } from '../../../../src/main/workbench/desktop/request.ts'
import { Workbench } from '../../../../src/main/workbench/desktop/workbench.ts'
import { configWith, shortWork } from '../../../support/shortWork.ts'

describe('one desktop process per workspace', () => {
  let workspace: string
  let open: Workbench[]
  let children: ChildProcess[]
  beforeEach(() => {
    workspace = mkdtempSync(join(tmpdir(), 'splitbench-desktop-'))
    open = []
    children = []
  })
  afterEach(async () => {
    for (const workbench of open) await workbench.close()
    for (const child of children) child.kill('SIGKILL')
    rmSync(workspace, { recursive: true, force: true })
  })

  const door = (kind: Door, work: JobWork = shortWork(100)) => {
    const workbench = new Workbench(workspace, kind, work)
    open.push(workbench)
    return workbench
  }
  const spec = (seed = 1) => ({ config: configWith(seed), command: `job ${seed}`, out: null, fresh: false })
  const form = {
    profile: 'toy',
    data: 'synthetic',
    network: 'vgg16',
    width: 0.25,
    frameworks: 'all',
    points: null,
    device: 'local',
    server: 'local',
    link: 'wifi',
    gamma: null,
    maxLoss: null,
    trainImages: null,
    testImages: null,
    epochs: null,
    batchSize: null,
    seed: 1,
    threads: 1,
    timeS: null,
  }
  const state = async (client: Client<WorkbenchContract>, id: string) =>
    (await client.request('jobs.list', {})).jobs.find((job) => job.id === id)?.state
  const until = async (condition: () => Promise<boolean> | boolean) => {
    while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10))
  }
  const inProcess = async (kind: Door, ms: number) => {
    const script = join(import.meta.dirname, '..', '..', '..', 'support', 'workbenchProcess.ts')
    const child = spawn(process.execPath, [script, workspace, kind, String(ms)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    children.push(child)
    await new Promise((resolve) => child.stdout.once('data', resolve))
    return child
  }

  it('resolves a form as the terminal would, and says the command that asks for the same', () => {
    const asked = specOfForm(
      { ...form, biasReadings: 'all', ablations: 'neither', filterNorm: 'l2', codecPoints: 'pool3', autoEpochs: 9 },
      workspace,
      false,
    )
    expect(asked.config.codec).toMatchObject({
      biasReadings: ['closed-form', 'empirical', 'literal'],
      ablations: ['neither'],
      filterNorm: 'l2',
      points: ['pool3'],
    })
    expect(asked.config.auto.epochs).toBe(9)
    expect(asked.command).toMatch(
      / --codec-points pool3 .*--bias-readings all --ablations neither --filter-norm l2 --auto-epochs 9$/,
    )
    const power = { powerMeter: '/dev/ttyACM0', boardPower: { activeW: 3.7, idleW: 1.4 } }
    const more = specOfForm({ ...form, int8: true, endToEnd: true, ...power }, workspace, false)
    expect(more.config).toMatchObject({ int8: true, endToEnd: true, ...power })
    expect(more.command).toMatch(/ --int8 --end-to-end --power-meter \/dev\/ttyACM0 --board-power 3\.7,1\.4$/)
    const plain = specOfForm(form, workspace, false)
    expect(plain.command).not.toMatch(/--(int8|end-to-end|power-meter|board-power)/)
    expect(plain.command).not.toContain('--ablations')
    expect(plain.config.codec).not.toHaveProperty('ablations')
  })

  it('is the first door; a later one joins it and sees and cancels the same job', async () => {
    const first = door('terminal', shortWork(3000))
    const second = door('web')
    const terminal = await first.client()
    const window = await second.client()
    expect([first.owner, second.owner]).toEqual([true, false])
    expect((await window.request('workspace.info', {})).owner).toMatchObject({ pid: process.pid, door: 'terminal' })

    const states: string[] = []
    window.on('job.changed', ({ state }) => states.push(state))
    const { job } = await terminal.request('jobs.submit', spec())
    await until(async () => (await state(window, job)) === 'running')
    expect((await window.request('jobs.cancel', { job })).state).toBe('cancelling')
    await expect(terminal.request('jobs.wait', { job })).rejects.toMatchObject({ code: 'cancelled' })
    await until(() => states.at(-1) === 'cancelled')
    expect(states[0]).toBe('queued')
  })

  it('is followed by a door that had joined it, with its jobs to be resumed', async () => {
    const first = door('web', shortWork(3000))
    const second = door('terminal')
    await first.client()
    const joined = await second.client()
    const { job } = await joined.request('jobs.submit', spec())
    const end = joined.request('jobs.wait', { job })
    end.catch(() => {})
    await until(async () => (await state(joined, job)) === 'running')
    await first.close()
    await expect(end).rejects.toBeDefined()
    const after = await second.client()
    expect(second.owner).toBe(true)
    const [left] = (await after.request('jobs.list', {})).jobs
    expect(left).toMatchObject({ state: 'cancelled', resumable: true })
    await after.request('jobs.resume', { job: left!.id })
    await after.request('jobs.wait', { job: left!.id })
    expect((await after.request('runs.list', {})).runs).toHaveLength(1)
  })

  it('that is killed leaves a lock that is taken over, and an interrupted job that goes on', async () => {
    const child = await inProcess('web', 30_000)
    const joined = await door('terminal').client()
    const { job } = await joined.request('jobs.submit', spec())
    await until(async () => (await joined.request('jobs.events', { job, since: 0 })).next > 1)
    const end = joined.request('jobs.wait', { job })
    child.kill('SIGKILL')
    await expect(end).rejects.toMatchObject({ data: { desktopEnded: true } })
    expect(existsSync(lockPathOf(workspace))).toBe(true)
    const next = door('web')
    const client = await next.client()
    expect(next.owner).toBe(true)
    expect(readLock(workspace)!.pid).toBe(process.pid)
    const [left] = (await client.request('jobs.list', {})).jobs
    expect(left).toMatchObject({ state: 'interrupted', resumable: true })
    await client.request('jobs.resume', { job: left!.id })
    await client.request('jobs.wait', { job: left!.id })
    expect(await state(client, left!.id)).toBe('finished')
  })

  it("goes on with a window's jobs when the command that worked on them has ended", async () => {
    const command = door('terminal', shortWork(3000))
    const window = door('window')
    await command.client()
    const before = await window.client()
    const { job } = await before.request('jobs.start', { request: form, fresh: false })
    const { job: queued } = await before.request('jobs.start', { request: { ...form, seed: 2 }, fresh: false })
    await until(async () => (await state(before, job)) === 'running')
    await command.close()
    const after = await window.client()
    await after.request('jobs.wait', { job })
    await after.request('jobs.wait', { job: queued })
    expect((await after.request('runs.list', {})).runs).toHaveLength(2)
  })

  it('is one, also where two come at once', async () => {
    const doors = [door('web'), door('window'), door('terminal')]
    const clients = await Promise.all(doors.map((one) => one.client()))
    expect(doors.filter(({ owner }) => owner)).toHaveLength(1)
    const infos = await Promise.all(clients.map((client) => client.request('workspace.info', {})))
    expect(new Set(infos.map(({ owner }) => owner.startedAt)).size).toBe(1)
  })

  it('lets nobody in without the token of the lock, and no browser at all', async () => {
    await door('web').client()
    const { port, token } = JSON.parse(readFileSync(lockPathOf(workspace), 'utf8'))
    const knock = (headers: Record<string, string>) =>
      new Promise<number | 'open'>((resolve) => {
        const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers })
        socket.on('unexpected-response', (_, { statusCode }) => resolve(statusCode!))
        socket.on('open', () => {
          socket.close()
          resolve('open')
        })
        socket.on('error', () => {})
      })
    expect(await knock({})).toBe(401)
    expect(await knock({ authorization: 'Bearer wrong' })).toBe(401)
    expect(await knock({ authorization: `Bearer ${token}`, origin: `http://127.0.0.1:${port}` })).toBe(401)
    expect(await knock({ authorization: `Bearer ${token}` })).toBe('open')
  })

  it('keeps settings of the user, and tells every door of a change', async () => {
    const before = process.env.XDG_CONFIG_HOME
    process.env.XDG_CONFIG_HOME = join(workspace, 'config')
    try {
      const [one, other] = [await door('web').client(), await door('terminal').client()]
      const first = await one.request('settings.get', {})
      expect(first).toMatchObject({ theme: 'system', window: {} })
      const heard = new Promise((resolve) => other.on('settings.changed', resolve))
      const dark = { ...first, theme: 'dark' }
      expect(await one.request('settings.set', { theme: 'dark' })).toEqual(dark)
      expect(await heard).toEqual(dark)
      expect(await other.request('settings.get', {})).toEqual(dark)
    } finally {
      if (before === undefined) delete process.env.XDG_CONFIG_HOME
      else process.env.XDG_CONFIG_HOME = before
    }
  })

  it('refuses a form as the terminal would, before anything is queued', async () => {
    const client = await door('web').client()
    const start = (change: object) => client.request('jobs.start', { request: { ...form, ...change }, fresh: false })
    await expect(start({ network: 'vgg99' })).rejects.toMatchObject({ code: 'unknown-name' })
    await expect(start({ data: 'nowhere' })).rejects.toMatchObject({ code: 'bad-data' })
    await expect(start({ link: 'fast' })).rejects.toBeDefined()
    await expect(start({ width: -1 })).rejects.toMatchObject({ code: 'protocol-violated' })
    expect((await client.request('jobs.list', {})).jobs).toEqual([])
    const plan = await client.request('plan', { request: form })
    expect(plan.plan.length).toBeGreaterThan(3)
    expect(plan.secondsLeft).toBeGreaterThan(0)
  })
})
