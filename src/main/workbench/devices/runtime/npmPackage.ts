import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { extract } from 'tar'
import { CodedError } from '#common/errors.ts'
import { failed, fetchFile } from '../../datasets/fetchFile.ts'
import type { NpmPackage } from './recipes.ts'

const run = promisify(execFile)

/**
 * Brings these files of an npm package (paths within it) into `into`, which must exist; a broken download in `folder` is
 * continued. The packed file must have the pinned hash. Throws `download-failed`, `cancelled`.
 */
export async function npmPackageFiles(
  what: NpmPackage,
  paths: readonly string[],
  { folder, into }: { folder: string; into: string },
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(folder, { recursive: true })
  const archive = join(folder, `${what.name}-${what.version}.tgz`)
  if (!(await isIntact(archive, what))) await download(what, archive, onProgress, signal)
  const wanted = new Set(paths.map((path) => `package/${path}`))
  await extract({ file: archive, cwd: into, strip: 1, strict: true, filter: (path) => wanted.has(path) })
  for (const path of paths) {
    await stat(join(into, path)).catch(() => {
      throw failed(archive, `it has no ${path}`, 'Please report this: the pinned package is not what it was.')
    })
  }
}

async function download(
  what: NpmPackage,
  archive: string,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const registry = (process.env.npm_config_registry || 'https://registry.npmjs.org').replace(/\/$/, '')
  const url = `${registry}/${what.name}/-/${what.name}-${what.version}.tgz`
  const part = `${archive}.part`
  try {
    await fetchFile(url, part, { signal, onProgress: (done, total) => onProgress(done, total ?? what.bytes) })
  } catch (error) {
    if (error instanceof CodedError && error.code === 'cancelled') throw error
    // Behind a proxy, or with a registry that asks for a login, npm itself knows the way.
    if (!(await packedByNpm(what, part, signal))) throw error
  }
  if (!(await isIntact(part, what))) {
    await rm(part, { force: true })
    throw failed(
      url,
      'what came does not have the pinned hash, so it is damaged or another file; it was deleted',
      'Run the same command again; if it happens again, a proxy in between changes the file.',
    )
  }
  await rename(part, archive)
}

async function packedByNpm(what: NpmPackage, part: string, signal: AbortSignal): Promise<boolean> {
  const folder = await mkdtemp(`${part}-npm-`)
  try {
    const options = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder]
    await run('npm', [...options, `${what.name}@${what.version}`], { signal, shell: process.platform === 'win32' })
    await rename(join(folder, `${what.name}-${what.version}.tgz`), part)
    return true
  } catch {
    if (signal.aborted) throw new CodedError('cancelled', 'Cancelled.')
    return false
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Whether the file is there and is what was pinned (Subresource Integrity: algorithm-base64). */
async function isIntact(path: string, { integrity }: NpmPackage): Promise<boolean> {
  const [algorithm, expected] = [
    integrity.slice(0, integrity.indexOf('-')),
    integrity.slice(integrity.indexOf('-') + 1),
  ]
  const hash = createHash(algorithm)
  try {
    await pipeline(createReadStream(path), hash)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
  return hash.digest('base64') === expected
}
