import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  lockPathOf,
  newLock,
  newToken,
  readLock,
  releaseLock,
  runsFolderOf,
  takeLock,
} from '../../../../src/main/workbench/desktop/lock.ts'

describe('workbench.lock', () => {
  let workspace: string
  beforeEach(() => {
    workspace = mkdtempSync(join(tmpdir(), 'splitbench-lock-'))
  })
  afterEach(() => rmSync(workspace, { recursive: true, force: true }))

  const mine = () => newLock('web', 4711, newToken())
  const write = (text: string) => {
    mkdirSync(runsFolderOf(workspace), { recursive: true })
    writeFileSync(lockPathOf(workspace), text)
  }
  /** The number of a process that has ended. */
  const deadPid = () => spawnSync(process.execPath, ['-e', '0']).pid

  it('is readable by its owner only, and gone with its owner', () => {
    const lock = mine()
    expect(takeLock(workspace, lock)).toBe(lock)
    expect(statSync(lockPathOf(workspace)).mode & 0o777).toBe(0o600)
    expect(readLock(workspace)).toEqual(lock)
    releaseLock(workspace, lock)
    expect(readdirSync(workspace)).toEqual([])
  })

  it('stays with a living owner', () => {
    const first = mine()
    takeLock(workspace, first)
    expect(takeLock(workspace, mine())).toEqual(first)
    releaseLock(workspace, mine())
    expect(readLock(workspace)).toEqual(first)
    expect(readdirSync(runsFolderOf(workspace))).toEqual(['workbench.lock'])
  })

  it('is taken over from a dead owner', () => {
    write(JSON.stringify({ ...mine(), pid: deadPid(), started: null }))
    const lock = mine()
    expect(takeLock(workspace, lock)).toBe(lock)
    expect(readLock(workspace)).toEqual(lock)
    expect(readdirSync(runsFolderOf(workspace))).toEqual(['workbench.lock'])
  })

  it.runIf(existsSync('/proc/self/stat'))('is not kept by a later process with the same number', () => {
    write(JSON.stringify({ ...mine(), started: '1' }))
    const lock = mine()
    expect(takeLock(workspace, lock)).toBe(lock)
  })

  it('is taken over where it is damaged, or its owner is known not to answer', () => {
    write('{"pid":')
    const first = mine()
    expect(takeLock(workspace, first)).toBe(first)
    const second = mine()
    expect(takeLock(workspace, second, first)).toBe(second)
  })

  it('leaves a folder with runs', () => {
    const lock = mine()
    takeLock(workspace, lock)
    mkdirSync(join(runsFolderOf(workspace), 'run'))
    releaseLock(workspace, lock)
    expect(readdirSync(runsFolderOf(workspace))).toEqual(['run'])
  })
})
