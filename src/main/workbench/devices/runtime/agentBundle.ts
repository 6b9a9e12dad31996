import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { CodedError } from '#common/errors.ts'
import { sha256 } from '../../../../system/hash.ts'
import { buildHint } from '../../../../system/setUp.ts'
import { appRoot, runsFromBundle } from '../../entries.ts'
import { writeArchive } from './archive.ts'
import { type Bundle, bundleCache, type Watch } from './bundles.ts'
import { keepNewest } from './oldBundles.ts'

const run = promisify(execFile)

export interface AgentBundle extends Bundle {
  version: string
}

/**
 * The agent, apart from the runtime: one file. It is small and changes with every version of this program. The built
 * one where this program runs from its bundle; built for the occasion where it runs from sources, as those may be newer.
 * Throws `component-missing`, `cancelled`.
 */
export async function agentBundle({ signal }: Pick<Watch, 'signal'>, cache = bundleCache()): Promise<AgentBundle> {
  const { version } = JSON.parse(await readFile(join(appRoot, 'package.json'), 'utf8')) as { version: string }
  const folder = await builtFolder(cache, signal)
  const packed = await pack('agent', folder, ['agent.mjs'], cache, signal)
  return { place: 'agent', title: `the agent ${version}`, version, ...packed }
}

/**
 * The WebAssembly that the agent reads, apart from it: larger than the agent, and hardly ever another. Over a serial line
 * a new agent is then half as long on its way. Throws as `agentBundle` does.
 */
export async function codersBundle({ signal }: Pick<Watch, 'signal'>, cache = bundleCache()): Promise<Bundle> {
  const folder = await builtFolder(cache, signal)
  const modules = (await readdir(folder)).filter((file) => file.endsWith('.wasm')).sort()
  return { place: 'coders', title: 'the WebP coder', ...(await pack('coders', folder, modules, cache, signal)) }
}

async function builtFolder(cache: string, signal: AbortSignal): Promise<string> {
  await mkdir(cache, { recursive: true })
  return dirname(runsFromBundle ? join(appRoot, 'out', 'agent', 'agent.mjs') : await buildFromSources(cache, signal))
}

/** Packed once for the same content. */
async function pack(
  place: Bundle['place'],
  folder: string,
  files: readonly string[],
  cache: string,
  signal: AbortSignal,
): Promise<Omit<Bundle, 'place' | 'title'>> {
  const hashes = await Promise.all(
    files.map(async (file) => {
      const content = await readFile(join(folder, file)).catch(() => {
        throw new CodedError('component-missing', `The agent's bundle ${join(folder, file)} is not there.`, buildHint())
      })
      return sha256(content)
    }),
  )
  const name = `${place}-${sha256(hashes.join('')).slice(0, 16)}`
  const path = join(cache, `${name}.tgz`)
  const temporary = `${path}.${process.pid}-${performance.now()}`
  try {
    const entries = files.map((path) => ({ path, source: join(folder, path), executable: false }))
    const packed = await writeArchive(place, entries, temporary, () => {}, signal)
    await rename(temporary, path)
    await keepNewest(cache, new RegExp(`^${place}-[0-9a-f]{16}`), name)
    return { path, ...packed }
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Runs the build of vite.agent.config.ts unless these very sources were built before. */
async function buildFromSources(cache: string, signal: AbortSignal): Promise<string> {
  const agents = join(cache, 'agents')
  const hash = await sourceHash()
  const built = join(agents, hash)
  const program = join(built, 'agent.mjs')
  await keepNewest(agents, /^[0-9a-f]{64}$/, hash)
  if (existsSync(program)) return program
  await mkdir(agents, { recursive: true })
  const work = await mkdtemp(join(cache, '.agent-'))
  try {
    const vite = join(appRoot, 'node_modules', 'vite', 'bin', 'vite.js')
    const options = ['build', '--config', 'vite.agent.config.ts', '--outDir', work, '--logLevel', 'warn']
    await run(process.execPath, [vite, ...options], { cwd: appRoot, signal })
    await rename(work, built).catch((error) => {
      // Another process was quicker with the same.
      if (!existsSync(program)) throw error
    })
    return program
  } catch (error) {
    if (signal.aborted) throw new CodedError('cancelled', 'Cancelled.')
    throw new CodedError(
      'component-missing',
      `The agent cannot be built: ${(error as Error).message.split('\n').slice(0, 3).join(' ')}`,
      buildHint(),
    )
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function sourceHash(): Promise<string> {
  const paths = ['package.json', 'package-lock.json', 'vite.agent.config.ts']
  for (const room of ['agent', 'system', 'common']) {
    const files = await readdir(join(appRoot, 'src', room), { recursive: true })
    paths.push(...files.filter((name) => name.endsWith('.ts')).map((name) => join('src', room, name)))
  }
  const contents = await Promise.all(
    paths.sort().map(async (path) => `${path}\0${await readFile(join(appRoot, path), 'utf8')}`),
  )
  return sha256(contents.join('\0'))
}
