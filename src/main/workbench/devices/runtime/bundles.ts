import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Progress } from '#common/contract/job.ts'
import { CodedError } from '#common/errors.ts'
import { formatBytes } from '#common/units.ts'
import { writeFileAtomic } from '../../../../system/atomic.ts'
import { cacheFolder } from '../../../../system/cacheFolder.ts'
import { sha256 } from '../../../../system/hash.ts'
import { setUpHint } from '../../../../system/setUp.ts'
import { appRoot } from '../../entries.ts'
import { type Entry, writeArchive } from './archive.ts'
import { bringCLibrary } from './cLibrary.ts'
import { npmPackageFiles } from './npmPackage.ts'
import { keepNewest } from './oldBundles.ts'
import { type BoardArch, type Recipe, recipes } from './recipes.ts'

/** What is pushed to a board in one piece and kept there under its id. */
export interface Bundle {
  /** Folder below ~/.splitbench in which it lies under its id. */
  place: 'runtime' | 'coders' | 'agent'
  /** For people: "Node 24.21.0 and ONNX Runtime 1.30.0 for 64-bit Arm". */
  title: string
  id: string
  /** The .tgz on this computer. */
  path: string
  sha256: string
  bytes: number
  unpackedBytes: number
}

export interface RuntimeBundle extends Bundle {
  arch: BoardArch
  runtime: 'native' | 'wasm'
  /** As the device info says it. */
  runtimeTitle: string
  /** Why it brings no C library of its own; null where it does. */
  withoutCLibrary: string | null
}

export interface Watch {
  onProgress(progress: Progress): void
  signal: AbortSignal
}

/** Where bundles lie: one copy per user. */
export const bundleCache = (environment: NodeJS.ProcessEnv = process.env): string =>
  join(cacheFolder(environment), 'board')

const noteSchema = z.object({
  id: z.string(),
  sha256: z.string(),
  bytes: z.number(),
  unpackedBytes: z.number(),
  withoutCLibrary: z.string().nullable(),
  /** Milliseconds since 1970. */
  madeAt: z.number().default(0),
})
const retryMs = 24 * 3600 * 1000

/** Of a different way to make a bundle from the same parts. */
const layout = 1

/**
 * The runtime for a kind of board, made when it is first asked for: from npm packages of pinned hashes, this program's
 * own ONNX Runtime, and Debian's C library. Throws `download-failed`, `component-missing`, `cancelled`.
 */
export async function runtimeBundle(arch: BoardArch, watch: Watch, cache = bundleCache()): Promise<RuntimeBundle> {
  const recipe = recipes[arch]
  const onnxVersion = await onnxRuntimeVersion(recipe)
  const wasm = recipe.onnxRuntime !== 'native'
  const about = {
    place: 'runtime' as const,
    arch,
    title: `Node ${recipe.node.version} and ONNX Runtime ${onnxVersion}${wasm ? ' (WebAssembly)' : ''} for ${recipe.title}`,
    runtime: wasm ? ('wasm' as const) : ('native' as const),
    runtimeTitle: `ONNX Runtime ${onnxVersion}${wasm ? ' (WebAssembly)' : ''}, Node ${recipe.node.version}`,
  }
  await mkdir(cache, { recursive: true })
  const name = `runtime-${arch}-${sha256(JSON.stringify([layout, recipe, onnxVersion])).slice(0, 16)}`
  const path = join(cache, `${name}.tgz`)
  const known = await readNote(join(cache, `${name}.json`))
  // One that had to go without its C library is tried again the next day: the network may have come back.
  const recent = known && Date.now() - known.madeAt < retryMs
  const use = (): Promise<void> => keepNewest(cache, new RegExp(`^runtime-${arch}-[0-9a-f]{16}`), name)
  if (known && existsSync(path) && (known.withoutCLibrary === null || recent)) {
    await use()
    return { ...about, path, ...known }
  }

  const work = await mkdtemp(join(cache, '.making-'))
  try {
    const entries = await gather(recipe, work, join(cache, 'downloads'), watch)
    const { files, withoutCLibrary } = entries
    const packing = phase(watch, 'bundle', `Packing ${about.title}`)
    const packed = await writeArchive('runtime', files, join(work, 'bundle.tgz'), packing, watch.signal)
    await rename(join(work, 'bundle.tgz'), path)
    const note = { ...packed, withoutCLibrary, madeAt: Date.now() }
    await writeFileAtomic(join(cache, `${name}.json`), `${JSON.stringify(note)}\n`)
    // What it was made of has served; a runtime is made once in a long while.
    if (withoutCLibrary === null) await rm(join(cache, 'downloads'), { recursive: true, force: true })
    await use()
    return { ...about, path, ...note }
  } catch (error) {
    if (watch.signal.aborted) throw new CodedError('cancelled', 'Cancelled.')
    throw error
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Files of a runtime, and where they go: `bin/node`, `lib/`, `node_modules/`. */
async function gather(
  recipe: Recipe,
  work: string,
  downloads: string,
  watch: Watch,
): Promise<{ files: Entry[]; withoutCLibrary: string | null }> {
  const { node, onnxRuntime, loader } = recipe
  const files: Entry[] = []
  const add = (path: string, source: string, executable = false): void => {
    files.push({ path, source, executable })
  }

  const nodeFolder = await packageFolder(node, ['bin/node', 'LICENSE'], work, downloads, watch)
  add('bin/node', join(nodeFolder, 'bin', 'node'), true)
  add('bin/LICENSE', join(nodeFolder, 'LICENSE'))

  const common = join(appRoot, 'node_modules', 'onnxruntime-common')
  await addTree('node_modules/onnxruntime-common/dist/cjs', join(common, 'dist', 'cjs'), /\.(js|json)$/, add)
  add('node_modules/onnxruntime-common/package.json', join(common, 'package.json'))
  if (onnxRuntime === 'native') {
    const onnx = join(appRoot, 'node_modules', 'onnxruntime-node')
    const binaries = `bin/napi-v6/linux/${recipe.arch}`
    await addTree('node_modules/onnxruntime-node/dist', join(onnx, 'dist'), /\.js$/, add)
    await addTree(`node_modules/onnxruntime-node/${binaries}`, join(onnx, binaries), /\.(node|so(\.\d+)*)$/, add)
    add('node_modules/onnxruntime-node/package.json', join(onnx, 'package.json'))
  } else {
    const names = ['ort.node.min.js', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm']
    const paths = ['package.json', ...names.map((name) => `dist/${name}`)]
    const onnx = await packageFolder(onnxRuntime, paths, work, downloads, watch)
    for (const path of paths) add(`node_modules/onnxruntime-web/${path}`, join(onnx, path))
  }

  phase(watch, 'bundle', 'Fetching the C library for the board from Debian')(0, 1)
  const [libraryWork, libraries] = [join(work, 'debian'), join(work, 'lib')]
  await mkdir(libraryWork)
  const reason = await bringCLibrary(recipe, { work: libraryWork, into: libraries }, watch.signal)
  if (reason === undefined) {
    for (const name of await readdir(libraries)) add(`lib/${name}`, join(libraries, name), name === loader)
  }
  return { files, withoutCLibrary: reason ?? null }
}

/** The installed package where npm has put it for this computer's own use, else its files from the registry. */
async function packageFolder(
  what: Recipe['node'],
  paths: readonly string[],
  work: string,
  downloads: string,
  watch: Watch,
): Promise<string> {
  const installed = join(appRoot, 'node_modules', what.name)
  if ((await versionOf(installed)) === what.version && paths.every((path) => existsSync(join(installed, path)))) {
    return installed
  }
  const into = join(work, what.name)
  await mkdir(into)
  const onBytes = phase(watch, 'fetch', `Fetching ${what.name} ${what.version}`)
  await npmPackageFiles(what, paths, { folder: downloads, into }, onBytes, watch.signal)
  return into
}

async function addTree(
  path: string,
  folder: string,
  wanted: RegExp,
  add: (path: string, source: string) => void,
): Promise<void> {
  const names = await readdir(folder).catch(() => {
    throw new CodedError('component-missing', `${folder} is not there.`, setUpHint())
  })
  for (const name of names.filter((entry) => wanted.test(entry))) add(`${path}/${name}`, join(folder, name))
}

async function onnxRuntimeVersion({ onnxRuntime }: Recipe): Promise<string> {
  if (onnxRuntime !== 'native') return onnxRuntime.version
  const version = await versionOf(join(appRoot, 'node_modules', 'onnxruntime-node'))
  if (version !== undefined) return version
  throw new CodedError('component-missing', 'onnxruntime-node is not installed.', setUpHint())
}

async function versionOf(packageFolder: string): Promise<string | undefined> {
  try {
    return (JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as { version: string }).version
  } catch {
    return undefined
  }
}

async function readNote(path: string): Promise<z.infer<typeof noteSchema> | undefined> {
  try {
    return noteSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return undefined
  }
}

/** Bytes of one phase as progress with rate and time left. */
export function phase(watch: Pick<Watch, 'onProgress'>, name: string, title: string) {
  const began = performance.now()
  let first: number | undefined
  return (done: number, total: number): void => {
    first ??= done
    const seconds = (performance.now() - began) / 1000
    const rate = seconds > 0.2 && done > first ? (done - first) / seconds : undefined
    watch.onProgress({
      phase: name,
      title,
      unit: total > 1 ? 'B' : '',
      done,
      total,
      ...(total > 1
        ? { detail: `${formatBytes(done)} of ${formatBytes(total)}${rate ? ` at ${formatBytes(rate)}/s` : ''}` }
        : {}),
      etaS: rate ? (total - done) / rate : null,
    })
  }
}
