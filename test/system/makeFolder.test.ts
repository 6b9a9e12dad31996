import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeFolder } from '../../src/system/makeFolder.ts'

describe('makeFolder', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'splitbench-folder-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('makes what is missing, and is content with what is there', async () => {
    const path = join(folder, 'a', 'b', 'c')
    for (let count = 0; count < 2; count++) makeFolder(path)
    expect((await stat(path)).isDirectory()).toBe(true)
  })

  it('throws where a file is in the way', async () => {
    await writeFile(join(folder, 'file'), '')
    expect(() => makeFolder(join(folder, 'file'))).toThrow(expect.objectContaining({ code: 'EEXIST' }))
    expect(() => makeFolder(join(folder, 'file', 'below'))).toThrow(expect.objectContaining({ code: 'ENOTDIR' }))
  })

  it.skipIf(process.platform !== 'linux')('comes back from a file system that makes no folders (/proc: Linux)', () => {
    expect(() => makeFolder('/proc/splitbench/below')).toThrow(expect.objectContaining({ code: 'ENOENT' }))
  })
})
