import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DeviceItem } from '#common/contract/devices.ts'
import type { JobEvent } from '#common/contract/job.ts'
import type { LiveConfig } from '#common/contract/live.ts'
import type { Client } from '#common/contract/rpc.ts'
import type { JobSummary, WorkbenchContract } from '#common/contract/workbench.ts'
import { median } from '#common/measurement/statistics.ts'
import { Workbench } from '../../../../src/main/workbench/desktop/workbench.ts'
import { childrenWith } from '../../../support/agentProcess.ts'
import { shortWork } from '../../../support/shortWork.ts'
import { storeRunWithHeads } from '../../../support/storedHeads.ts'

describe('devices of the desktop process', () => {
  let folder: string
  let workbench: Workbench
  let client: Client<WorkbenchContract>
  let states: DeviceItem['state'][]
  const before = { config: process.env.XDG_CONFIG_HOME, cache: process.env.XDG_CACHE_HOME }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'splitbench-devices-'))
    process.env.XDG_CONFIG_HOME = join(folder, 'config')
    process.env.XDG_CACHE_HOME = join(folder, 'cache')
    workbench = new Workbench(join(folder, 'workspace'), 'web', shortWork(2000))
    client = await workbench.client()
    states = []
    client.on('devices.changed', ({ devices }) => {
      const now = devices.at(-1)?.state
      if (now && now !== states.at(-1)) states.push(now)
    })
  })
  afterEach(async () => {
    await workbench.close()
    expect(childrenWith(folder)).toEqual([])
    for (const [key, value] of [
      ['XDG_CONFIG_HOME', before.config],
      ['XDG_CACHE_HOME', before.cache],
    ] as const) {
      if (value === undefined) delete process.env[key]
      else process.env[key] = value
    }
    rmSync(folder, { recursive: true, force: true })
  })

  const device = async (name: string): Promise<DeviceItem> =>
    (await client.request('devices.list', {})).devices.find((one) => one.name === name)!
  const finish = async (job: Parameters<typeof client.request<'devices.start'>>[1]['job']): Promise<JobSummary> => {
    const { job: id } = await client.request('devices.start', { job })
    await client.request('jobs.wait', { job: id })
    return (await client.request('jobs.list', {})).jobs.find((one) => one.id === id)!
  }

  it('are added, connected, probed, let go and removed, and every door hears of it', async () => {
    expect(await client.request('devices.list', {})).toEqual({ devices: [] })
    const added = await client.request('devices.add', { name: 'board', address: 'simulated:pi-4' })
    expect(added).toMatchObject({ kind: 'simulated', state: 'idle', card: null, console: false })
    await expect(client.request('devices.add', { name: 'x y', address: 'local' })).rejects.toMatchObject({
      code: 'bad-usage',
    })
    await expect(client.request('devices.add', { name: 'x', address: 'simulated:pi-99' })).rejects.toBeDefined()

    const job = await finish({ verb: 'device connect', device: 'board' })
    expect(job).toMatchObject({ verb: 'device connect', device: 'board', state: 'finished', run: null })
    const connected = await device('board')
    expect(connected).toMatchObject({ state: 'connected' })
    expect(connected.card!.board).toContain('Raspberry Pi 4')
    expect(connected.card!.conditions!.temperatureC).toBeGreaterThan(20)
    expect(childrenWith(folder)).toHaveLength(1)

    await finish({ verb: 'device probe', device: 'board' })
    expect((await device('board')).state).toBe('connected')
    expect((await client.request('devices.disconnect', { name: 'board' })).state).toBe('idle')
    expect(childrenWith(folder)).toEqual([])
    expect(states).toEqual(['idle', 'connecting', 'busy', 'connected', 'busy', 'connected', 'idle'])
    await client.request('devices.remove', { name: 'board' })
    expect(await client.request('devices.list', {})).toEqual({ devices: [] })
  })

  it('whose agent dies while nobody asks it anything are said to be lost', async () => {
    await client.request('devices.add', { name: 'board', address: 'simulated' })
    await finish({ verb: 'device connect', device: 'board' })
    for (const pid of childrenWith(folder)) process.kill(pid, 'SIGKILL')
    await expect.poll(async () => (await device('board')).state, { timeout: 20_000 }).toBe('failed')
    expect((await device('board')).error!.message).toContain('was lost')
    await finish({ verb: 'device connect', device: 'board' })
    expect((await device('board')).state).toBe('connected')
  })

  it('time the heads of a finished run; what is stored and told is the same', async () => {
    const comparison = await storeRunWithHeads(join(folder, 'workspace'))
    const run = comparison.run.id
    await client.request('devices.add', { name: 'board', address: 'simulated:pi-4' })
    const pushed = await finish({ verb: 'device push', device: 'board', run, points: null })
    expect((await client.request('jobs.events', { job: pushed.id, since: 0 })).events).toContainEqual(
      expect.objectContaining({ kind: 'log', text: expect.stringContaining('2 heads are there') }),
    )
    const config = {
      device: 'board',
      run,
      points: null,
      timing: { seconds: 0.2, minIterations: 10, threads: 1, batch: 1 },
    }
    const job = await finish({ verb: 'device time', config })
    const { timings } = await client.request('timings.list', {})
    expect(timings).toEqual([expect.objectContaining({ id: job.run, device: 'board', run, heads: 2 })])
    const { timing } = await client.request('timings.get', { timing: job.run! })
    const stored = join(folder, 'workspace', 'splitbench-runs', job.run!)
    expect(timing).toEqual(JSON.parse(readFileSync(join(stored, 'timing.json'), 'utf8')))
    for (const head of timing.heads) {
      const samples = await client.request('timings.samples', { timing: job.run!, samples: head.samples })
      expect(samples.of).toBe(head.deviceMs.n)
      expect(median(samples.modelMs.map((ms, index) => ms + samples.codecMs[index]!))).toBe(head.deviceMs.median)
      expect(head.deviceMs.source).toBe('modelled')
      expect(head.storedMs).toEqual(comparison.candidates.find(({ id }) => id === head.id)!.deviceMs)
    }
    await expect(
      client.request('devices.start', { job: { verb: 'device push', device: 'board', run: '../..', points: null } }),
    ).rejects.toMatchObject({ code: 'unknown-name' })
  })

  it('have one owner: a second job on one waits, one on another device does not, and both are cancelled at once', async () => {
    const { run } = await storeRunWithHeads(join(folder, 'workspace'))
    for (const name of ['one', 'other']) await client.request('devices.add', { name, address: 'simulated' })
    const timing = { seconds: 600, minIterations: 10, threads: 1, batch: 1 }
    const config = { device: 'one', run: run.id, points: null, timing }
    const { job: long } = await client.request('devices.start', { job: { verb: 'device time', config } })
    const { job: waits } = await client.request('devices.start', { job: { verb: 'device probe', device: 'one' } })
    await finish({ verb: 'device probe', device: 'other' })
    const state = async (id: string) => (await client.request('jobs.list', {})).jobs.find((job) => job.id === id)!.state
    expect([await state(long), await state(waits)]).toEqual(['running', 'queued'])
    await expect(client.request('devices.remove', { name: 'one' })).rejects.toMatchObject({ code: 'run-busy' })
    await client.request('jobs.cancel', { job: waits })
    await client.request('jobs.cancel', { job: long })
    await expect(client.request('jobs.wait', { job: long })).rejects.toMatchObject({ code: 'cancelled' })
    expect(await state(long)).toBe('cancelled')
    await expect.poll(() => childrenWith(folder), { timeout: 20_000 }).toEqual([])
  })

  it('infer live until they are told to stop, which is no loss: what was measured is stored', async () => {
    const comparison = await storeRunWithHeads(join(folder, 'workspace'))
    const { id: run } = comparison.run
    await client.request('devices.add', { name: 'board', address: 'simulated:pi-4' })
    const config: LiveConfig = {
      ...{ device: 'board', server: 'local', run, points: ['pool1', 'pool2'], where: '', objective: 'latency' },
      ...{ link: 'wifi', changes: [], forS: 600, turnS: 0.2, threads: 1, allowEmulated: false },
    }
    const start = (change: Partial<LiveConfig>) =>
      client.request('devices.start', { job: { verb: 'device live', config: { ...config, ...change } } })
    await expect(start({ where: 'speed <= 3' })).rejects.toMatchObject({ message: expect.stringContaining('speed') })
    await expect(start({ link: 'nowhere' })).rejects.toMatchObject({ code: 'unknown-name' })
    await expect(start({ link: null, changes: ['wifi@3'] })).rejects.toMatchObject({ code: 'bad-usage' })

    const events: JobEvent[] = []
    const twoLooks = new Promise<void>((resolve) => {
      client.on('job.event', ({ event }) => {
        events.push(event)
        if (events.filter(({ kind }) => kind === 'look').length === 2) resolve()
      })
    })
    const { job } = await start({})
    await twoLooks
    await client.request('jobs.cancel', { job })
    await client.request('jobs.wait', { job })
    const summary = (await client.request('jobs.list', {})).jobs.find(({ id }) => id === job)!
    expect(summary).toMatchObject({ state: 'finished', verb: 'device live', device: 'board' })
    const looks = events.flatMap((event) => (event.kind === 'look' ? [event.look] : []))
    expect(looks[0]).toMatchObject({ atS: expect.any(Number), source: 'modelled', paced: 'wifi' })
    expect(looks[0]!.reason).toMatch(/^first choice/)
    // Images pass by and are not kept.
    expect(events.some(({ kind }) => kind === 'sight')).toBe(true)
    const { events: kept } = await client.request('jobs.events', { job, since: 0 })
    expect(kept.some(({ kind }) => kind === 'sight')).toBe(false)
    expect(kept.filter(({ kind }) => kind === 'look')).toHaveLength(looks.length)
    const { pictures } = await client.request('live.pictures', { run, candidate: looks[0]!.candidate })
    expect(pictures).toMatchObject({ count: 16, channels: 3, height: 8, width: 8 })
    expect(pictures!.pixels).toHaveLength(16 * 3 * 8 * 8)
    const [file] = readdirSync(join(folder, 'workspace', 'splitbench-runs', run, 'cooperative'))
    expect(file).toMatch(/^live-\d+\.json$/)
  })
})
