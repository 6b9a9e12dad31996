import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JobEvent } from '#common/contract/job.ts'
import type { JobSummary } from '#common/contract/workbench.ts'
import { CodedError } from '#common/errors.ts'
import type { JobWork } from '../../../../src/main/workbench/desktop/job.ts'
import { JobDesk } from '../../../../src/main/workbench/desktop/jobDesk.ts'
import { runsFolderOf } from '../../../../src/main/workbench/desktop/lock.ts'
import { listRuns } from '../../../../src/main/workbench/desktop/runs.ts'
import { configWith, shortWork } from '../../../support/shortWork.ts'

describe('jobs', () => {
  let runs: string
  let heard: { states: string[]; events: Map<string, [number | null, JobEvent['kind']][]>; gone: string[] }
  beforeEach(() => {
    runs = runsFolderOf(realpathSync(mkdtempSync(join(tmpdir(), 'splitbench-jobs-'))))
    heard = { states: [], events: new Map(), gone: [] }
  })
  afterEach(() => rmSync(join(runs, '..'), { recursive: true, force: true }))

  const deskWith = (work: JobWork) =>
    new JobDesk(runs, work, {
      event: (job, index, { kind }) => heard.events.set(job, [...(heard.events.get(job) ?? []), [index, kind]]),
      changed: ({ state }) => heard.states.push(state),
      gone: (job) => heard.gone.push(job),
      runsChanged() {},
    })
  const spec = (seed = 1) => ({ config: configWith(seed), command: `job ${seed}`, out: null, fresh: false })
  const find = (desk: JobDesk, id: string): JobSummary => desk.list().find((job) => job.id === id)!
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  it('go through queue, work and end, with events that are those of the file', async () => {
    const desk = deskWith(shortWork(50))
    const id = desk.submit(spec())
    const { folder, already } = await desk.wait(id)
    expect(already).toBe(false)
    expect(readdirSync(folder!).sort()).toEqual(['done', 'events.jsonl', 'run.json'])
    expect([...new Set(heard.states)]).toEqual(['queued', 'running', 'finished'])
    const stored = desk.events(id, 0)
    expect(stored.events.map(({ kind }) => kind)).toEqual(
      heard.events.get(id)!.flatMap(([index, kind]) => (index === null ? [] : [kind])),
    )
    expect(heard.events.get(id)!.flatMap(([index]) => index ?? [])).toEqual(stored.events.map((_, index) => index))
    expect(desk.events(id, stored.next)).toEqual({ events: [], next: stored.next })
    expect(find(desk, id)).toMatchObject({ state: 'finished', resumable: false, progress: { done: 10 } })
    expect((await listRuns(runs)).map((run) => run.id)).toEqual([find(desk, id).run])
  })

  it('run one at a time, in order; one that waits is cancelled without having begun', async () => {
    let working = 0
    let most = 0
    const desk = deskWith(async (options) => {
      most = Math.max(most, ++working)
      return shortWork(40)(options).finally(() => {
        working -= 1
      })
    })
    const [a, b, c] = [desk.submit(spec(1)), desk.submit(spec(2)), desk.submit(spec(3))]
    expect(desk.cancel(b!).state).toBe('cancelled')
    await expect(desk.wait(b!)).rejects.toMatchObject({ code: 'cancelled' })
    await Promise.all([desk.wait(a!), desk.wait(c!)])
    expect(most).toBe(1)
    expect(find(desk, b!)).toMatchObject({ state: 'cancelled', run: null, resumable: false })
  })

  it('answer a cancel at once, keep what is done, and resume under the same name', async () => {
    const desk = deskWith(shortWork(300))
    const id = desk.submit(spec())
    await until(() => find(desk, id).progress !== null)
    expect(desk.cancel(id).state).toBe('cancelling')
    await expect(desk.wait(id)).rejects.toMatchObject({ code: 'cancelled' })
    expect(find(desk, id)).toMatchObject({ state: 'cancelled', resumable: true })
    const before = desk.events(id, 0).next
    expect(desk.resume(id)).toBe(id)
    await desk.wait(id)
    const kinds = desk.events(id, 0).events.map(({ kind }) => kind)
    expect(kinds.slice(before - 1, before + 1)).toEqual(['cancelled', 'resumed'])
    expect(kinds.at(-1)).toBe('finished')
    expect(desk.list()).toHaveLength(1)
  })

  it('fail with the error of the work: resumable where something is done, without a trace where the input was bad', async () => {
    const failing = (code: 'trainer-failed' | 'bad-data') =>
      shortWork(1, () => Promise.reject(new CodedError(code, 'It went wrong.', 'Do this.')))
    const broken = deskWith(failing('trainer-failed'))
    const id = broken.submit(spec(1))
    await expect(broken.wait(id)).rejects.toMatchObject({ code: 'trainer-failed', message: 'It went wrong.' })
    expect(find(broken, id)).toMatchObject({ state: 'failed', resumable: true, error: { code: 'trainer-failed' } })
    await broken.discard(id)
    expect(broken.list()).toEqual([])
    expect(heard.gone).toEqual([id])

    const bad = deskWith(failing('bad-data'))
    const other = bad.submit(spec(2))
    await expect(bad.wait(other)).rejects.toMatchObject({ code: 'bad-data' })
    expect(find(bad, other)).toMatchObject({ state: 'failed', resumable: false })
    expect(existsSync(runs)).toBe(false)
  })

  it('are refused twice at once', async () => {
    const desk = deskWith(shortWork(100))
    const id = desk.submit(spec())
    expect(() => desk.submit(spec())).toThrow(expect.objectContaining({ code: 'run-busy' }))
    expect(() => desk.resume(id)).toThrow(expect.objectContaining({ code: 'run-busy' }))
    await desk.wait(id)
  })

  it('of an earlier process are interrupted: listed with their events, resumed to the same run, or discarded', async () => {
    const earlier = deskWith(shortWork(300))
    const first = earlier.submit(spec(1))
    await until(() => find(earlier, first).progress !== null)
    const { run } = find(earlier, first)
    await earlier.close()

    const desk = deskWith(shortWork(10))
    const [job] = desk.list()
    expect(job).toMatchObject({ state: 'cancelled', resumable: true, command: 'job 1', verb: 'compare' })
    expect(desk.events(job!.id, 0).events.at(0)!.kind).toBe('queued')
    expect(desk.resume(job!.id)).toBe(job!.id)
    const { folder } = await desk.wait(job!.id)
    expect(folder).toBe(join(runs, run!))
    await desk.discard(job!.id)
    expect(existsSync(folder!)).toBe(true)

    const third = deskWith(shortWork(300))
    const other = third.submit(spec(2))
    await until(() => find(third, other).progress !== null)
    await third.close()
    const fourth = deskWith(shortWork(10))
    await fourth.discard(fourth.list()[0]!.id)
    expect(fourth.list()).toEqual([])
    expect(readdirSync(runs)).toEqual([run])
  })

  it('that another process works on are watched through their events', async () => {
    const other = deskWith(shortWork(2600))
    const theirs = other.submit(spec(1))
    await until(() => find(other, theirs).progress !== null)
    const desk = deskWith(shortWork(10))
    const [job] = desk.list()
    heard.events.clear()
    desk.watch(true)
    await other.wait(theirs)
    await until(() => heard.gone.length > 0)
    desk.watch(false)
    expect(heard.gone).toEqual([job!.id])
    expect(heard.events.get(job!.id)!.every(([index]) => index !== null)).toBe(true)
  })

  it('that nobody knows are said to be unknown', () => {
    const desk = deskWith(shortWork(10))
    expect(() => desk.events('run-../../etc', 0)).toThrow(expect.objectContaining({ code: 'unknown-name' }))
    expect(() => desk.cancel('x')).toThrow(expect.objectContaining({ code: 'unknown-name' }))
  })
})
