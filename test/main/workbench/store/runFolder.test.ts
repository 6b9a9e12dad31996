import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { configHash } from '../../../../src/main/workbench/store/configHash.ts'
import { AlreadyFinished, discard, openRun, publish } from '../../../../src/main/workbench/store/runFolder.ts'
import { itWith } from '../../../support/requires.ts'

let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'splitbench-runs-'))
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

const options = (change: Partial<Parameters<typeof openRun>[0]> = {}) => ({
  verb: 'compare',
  configHash: 'a'.repeat(64),
  config: {},
  command: 'splitbench compare',
  out: undefined,
  fresh: false,
  cwd,
  ...change,
})
/** As if the owner had been killed. */
const kill = (working: string) => rmSync(join(working, 'owner.json'))

describe('openRun', () => {
  it('finds the interrupted run of the same configuration, and no other', async () => {
    const first = await openRun(options())
    kill(first.working)
    const again = await openRun(options())
    expect(again.working).toBe(first.working)
    expect(again.record.resumed).toBe(1)
    expect(again.record.id).toBe(first.record.id)
    const other = await openRun(options({ configHash: 'b'.repeat(64) }))
    expect(other.working).not.toBe(first.working)
  })

  it('starts over with --fresh', async () => {
    const first = await openRun(options())
    writeFileSync(join(first.working, 'half'), '')
    kill(first.working)
    const fresh = await openRun(options({ fresh: true }))
    expect(fresh.record.resumed).toBe(0)
    expect(existsSync(join(fresh.working, 'half'))).toBe(false)
  })

  it('refuses a run that a living process owns', async () => {
    const first = await openRun(options())
    writeFileSync(join(first.working, 'owner.json'), JSON.stringify({ pid: process.ppid, started: null }))
    await expect(openRun(options())).rejects.toMatchObject({ code: 'run-busy' })
  })

  it('takes over from a recycled process id', async () => {
    const first = await openRun(options())
    writeFileSync(join(first.working, 'owner.json'), JSON.stringify({ pid: process.ppid, started: '1' }))
    expect((await openRun(options())).working).toBe(first.working)
  })

  it('publishes whole, and finds the finished run again', async () => {
    const out = 'result'
    const run = await openRun(options({ out }))
    writeFileSync(join(run.working, 'comparison.json'), '{}')
    publish(run)
    expect(readdirSync(cwd)).toEqual(['result'])
    expect(existsSync(join(cwd, 'result', 'owner.json'))).toBe(false)
    await expect(openRun(options({ out }))).rejects.toBeInstanceOf(AlreadyFinished)
    await expect(openRun(options({ out, configHash: 'c'.repeat(64) }))).rejects.toMatchObject({ code: 'bad-output' })
    const fresh = await openRun(options({ out, fresh: true }))
    publish(fresh)
    expect(existsSync(join(cwd, 'result', 'comparison.json'))).toBe(false)
  })

  it('leaves nothing of a run that found bad input', async () => {
    const run = await openRun(options())
    discard(run)
    expect(readdirSync(cwd)).toEqual([])
  })

  it('refuses a place that is taken, before anything runs', async () => {
    mkdirSync(join(cwd, 'mine'))
    writeFileSync(join(cwd, 'mine', 'thesis.tex'), 'x')
    writeFileSync(join(cwd, 'file'), 'x')
    await expect(openRun(options({ out: 'mine' }))).rejects.toMatchObject({ code: 'bad-output' })
    await expect(openRun(options({ out: 'file' }))).rejects.toMatchObject({ code: 'bad-output' })
    expect(readFileSync(join(cwd, 'mine', 'thesis.tex'), 'utf8')).toBe('x')
  })

  itWith('ordinary-user', 'refuses a folder that cannot be written', async () => {
    chmodSync(cwd, 0o500)
    await expect(openRun(options({ out: 'x' }))).rejects.toMatchObject({ code: 'bad-output' })
    chmodSync(cwd, 0o700)
  })
})

it('configHash does not depend on the order of keys and sees every value', () => {
  expect(configHash({ a: 1, b: { c: [1, 2], d: undefined } })).toBe(configHash({ b: { c: [1, 2] }, a: 1 }))
  expect(configHash({ a: [1, 2] })).not.toBe(configHash({ a: [2, 1] }))
})
