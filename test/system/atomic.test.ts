import { spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { removeStaleTemps, writeFileAtomic, writeFolderAtomic } from '../../src/system/atomic.ts'
import { sha256, sha256File } from '../../src/system/hash.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splitbench-atomic-'))
})
afterEach(async () => {
  await chmod(folder, 0o700)
  await rm(folder, { recursive: true })
})

describe('a file', () => {
  it('holds what was written, and what was written last', async () => {
    const path = join(folder, 'a.json')
    await writeFileAtomic(path, 'one: ü')
    expect(await readFile(path, 'utf8')).toBe('one: ü')
    await writeFileAtomic(path, Uint8Array.of(1, 2))
    expect([...(await readFile(path))]).toEqual([1, 2])
    expect(await readdir(folder)).toEqual(['a.json'])
  })

  it('is one of the written versions whole, however many write at once', async () => {
    const path = join(folder, 'a')
    const versions = Array.from({ length: 20 }, (_, i) => String(i).repeat(50_000))
    await Promise.all(versions.map((version) => writeFileAtomic(path, version)))
    expect(versions).toContain(await readFile(path, 'utf8'))
    expect(await readdir(folder)).toEqual(['a'])
  })

  it('keeps the old content, and nothing else, after a failure', async () => {
    await expect(writeFileAtomic(join(folder, 'no', 'a'), 'x')).rejects.toMatchObject({ code: 'ENOENT' })
    await mkdir(join(folder, 'taken'))
    await expect(writeFileAtomic(join(folder, 'taken'), 'x')).rejects.toMatchObject({
      code: expect.stringMatching(/EISDIR|EEXIST|EPERM/),
    })
    expect(await readdir(folder)).toEqual(['taken'])
  })
})

describe('a folder', () => {
  it('appears whole, and replaces an earlier one', async () => {
    const path = join(folder, 'candidate')
    for (const text of ['one', 'two']) {
      await writeFolderAtomic(path, async (temp) => {
        await mkdir(join(temp, 'deep'))
        await writeFile(join(temp, 'deep', 'file'), text)
        if (text === 'one') await writeFile(join(temp, 'only-in-one'), '')
      })
      expect(await readFile(join(path, 'deep', 'file'), 'utf8')).toBe(text)
    }
    expect(await readdir(path)).toEqual(['deep'])
    expect(await readdir(folder)).toEqual(['candidate'])
  })

  it('leaves nothing when filling it fails, and rethrows', async () => {
    const failing = writeFolderAtomic(join(folder, 'candidate'), async (temp) => {
      await writeFile(join(temp, 'head.onnx'), 'half')
      throw new Error('the disk is full')
    })
    await expect(failing).rejects.toThrow('the disk is full')
    expect(await readdir(folder)).toEqual([])
  })
})

describe('stale temporary files', () => {
  it('are those of processes that are gone; others stay', async () => {
    const gone = spawnSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }).stdout.trim()
    const stale = `.${gone}-0123456789ab.tmp-a.json`
    const ours = `.${process.pid}-0123456789ab.tmp-b.json`
    const notOurs = `.${gone}-xyz.tmp-c`
    await Promise.all([stale, ours, notOurs, 'd.json'].map((name) => writeFile(join(folder, name), '')))
    await mkdir(join(folder, `.${gone}-ba9876543210.tmp-run`, 'deep'), { recursive: true })
    expect(await removeStaleTemps(folder)).toEqual([stale, `.${gone}-ba9876543210.tmp-run`].sort())
    expect((await readdir(folder)).sort()).toEqual([ours, notOurs, 'd.json'].sort())
  })

  it('are what a killed writer leaves: never a file under its final name', async () => {
    const script = `
      import { writeFolderAtomic } from ${JSON.stringify(join(import.meta.dirname, '../../src/system/atomic.ts'))}
      import { writeFile } from 'node:fs/promises'
      await writeFolderAtomic(${JSON.stringify(join(folder, 'run'))}, async (temp) => {
        await writeFile(temp + '/a', 'half')
        process.kill(process.pid, 'SIGKILL')
        await new Promise(() => setInterval(() => {}, 1000))
      })`
    spawnSync(process.execPath, ['--input-type=module', '-e', script])
    const left = await readdir(folder)
    expect(left).toHaveLength(1)
    expect(left).not.toContain('run')
    expect(await removeStaleTemps(folder)).toEqual(left)
    expect(await readdir(folder)).toEqual([])
  })
})

describe('SHA-256', () => {
  it('is the known value, and the same for bytes and file', async () => {
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 1000 }), async (bytes) => {
        await writeFile(join(folder, 'x'), bytes)
        expect(await sha256File(join(folder, 'x'))).toBe(sha256(bytes))
      }),
      { numRuns: 20 },
    )
  })
})
