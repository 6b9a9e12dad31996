import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { agentBundle, codersBundle } from '../../../../../src/main/workbench/devices/runtime/agentBundle.ts'
import type { Entry } from '../../../../../src/main/workbench/devices/runtime/archive.ts'
import { joinArchives, writeArchive } from '../../../../../src/main/workbench/devices/runtime/archive.ts'
import { recipes } from '../../../../../src/main/workbench/devices/runtime/recipes.ts'
import { appRoot } from '../../../../../src/main/workbench/entries.ts'

const never = new AbortController().signal
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splitbench-bundle-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** The same files in another folder, with other times and modes, named in another order. */
async function files(name: string, reversed = false): Promise<Entry[]> {
  const here = join(folder, name)
  await mkdir(here)
  const entries: Entry[] = []
  for (const [i, path] of ['bin/node', 'lib/libc.so.6', `deep/${'x'.repeat(40)}/file`].entries()) {
    const source = join(here, String(i))
    await writeFile(source, `content of ${path}`.repeat(1000 * i + 1))
    if (reversed) await utimes(source, 1, 1)
    await chmod(source, reversed ? 0o600 : 0o777)
    entries.push({ path, source, executable: i === 0 })
  }
  return reversed ? entries.reverse() : entries
}

describe('an archive', () => {
  it('depends on nothing but the files', async () => {
    const one = await writeArchive('runtime', await files('one'), join(folder, 'one.tgz'), () => {}, never)
    const two = await writeArchive('runtime', await files('two', true), join(folder, 'two.tgz'), () => {}, never)
    expect(two).toEqual(one)
    expect((await readFile(join(folder, 'two.tgz'))).equals(await readFile(join(folder, 'one.tgz')))).toBe(true)
    const changed = await files('three')
    await writeFile(changed[1]!.source, 'other')
    const three = await writeArchive('runtime', changed, join(folder, 'three.tgz'), () => {}, never)
    expect(three.id).not.toBe(one.id)
    const mode = (await files('four')).map((entry) => ({ ...entry, executable: true }))
    expect((await writeArchive('runtime', mode, join(folder, 'four.tgz'), () => {}, never)).id).not.toBe(one.id)
  })

  it('is unpacked by tar: modes, long paths, and the mark of completeness last', async () => {
    const entries = await files('one')
    const { id, unpackedBytes } = await writeArchive('runtime', entries, join(folder, 'one.tgz'), () => {}, never)
    const into = join(folder, 'into')
    await mkdir(into)
    const listed = execFileSync('tar', ['xvzf', join(folder, 'one.tgz'), '-C', into], { encoding: 'utf8' })
    expect(listed.trim().split('\n').at(-1)).toBe(`runtime/${id}/ready`)
    let bytes = 0
    for (const { path, source, executable } of entries) {
      const unpacked = join(into, 'runtime', id, path)
      expect((await readFile(unpacked)).equals(await readFile(source))).toBe(true)
      expect((await stat(unpacked)).mode & 0o111).toBe(executable ? 0o111 : 0)
      bytes += (await stat(unpacked)).size
    }
    expect(unpackedBytes).toBe(bytes)
    expect(await readFile(join(into, 'runtime', id, 'ready'), 'utf8')).toBe(`${id}\n`)
  })

  it('joined with another unpacks as both do', async () => {
    const one = await writeArchive('runtime', await files('one'), join(folder, 'one.tgz'), () => {}, never)
    const two = await writeArchive('agent', await files('two'), join(folder, 'two.tgz'), () => {}, never)
    const both = join(folder, 'both.tgz')
    await joinArchives([join(folder, 'one.tgz'), join(folder, 'two.tgz')], both, never)
    execFileSync('tar', ['xzf', both, '-C', folder])
    expect(await readdir(join(folder, 'runtime'))).toEqual([one.id])
    expect((await readdir(join(folder, 'agent', two.id))).sort()).toEqual(['bin', 'deep', 'lib', 'ready'])
  })
})

describe('what bundles are made of', () => {
  it('Node’s versions and hashes are those of the lockfile, ONNX Runtime’s that of this program', async () => {
    const { packages } = JSON.parse(await readFile(join(appRoot, 'package-lock.json'), 'utf8'))
    for (const { node } of [recipes.arm64, recipes.x64]) {
      expect(packages[`node_modules/${node.name}`]).toMatchObject({ version: node.version, integrity: node.integrity })
    }
    const { onnxRuntime } = recipes.arm
    expect(onnxRuntime).toMatchObject({ version: packages['node_modules/onnxruntime-node'].version })
    expect(recipes.arm64.onnxRuntime).toBe('native')
  })

  it('the agent is one file, built once from the same sources; the WebAssembly that it reads lies apart', async () => {
    const one = await agentBundle({ signal: never }, folder)
    const two = await agentBundle({ signal: never }, folder)
    expect(two).toEqual(one)
    const coders = await codersBundle({ signal: never }, folder)
    for (const { path } of [one, coders]) execFileSync('tar', ['xzf', path, '-C', folder])
    expect((await readdir(join(folder, 'agent', one.id))).sort()).toEqual(['agent.mjs', 'ready'])
    expect((await readdir(join(folder, 'coders', coders.id))).sort()).toEqual([
      ...['ready', 'webp_dec.wasm', 'webp_enc_simd.wasm'],
    ])
    expect(one.bytes).toBeLessThan(200_000)
  })
})
