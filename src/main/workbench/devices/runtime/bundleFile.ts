import { rename, rm, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { CodedError } from '#common/errors.ts'
import { sha256File } from '../../../../system/hash.ts'
import { agentBundle, codersBundle } from './agentBundle.ts'
import { joinArchives } from './archive.ts'
import { bundleCache, runtimeBundle, type Watch } from './bundles.ts'
import type { BoardArch } from './recipes.ts'

export interface BundleFile {
  path: string
  title: string
  bytes: number
  unpackedBytes: number
  sha256: string
  /** What unpacks it on the board; a push finds it there and sends nothing. */
  command: string
  notes: string[]
}

/** Writes runtime, coders and agent as one .tgz, for a memory card. Throws as `runtimeBundle` does; system errors as they are. */
export async function bundleFile(
  arch: BoardArch,
  path: string,
  watch: Watch,
  cache = bundleCache(),
): Promise<BundleFile> {
  const runtime = await runtimeBundle(arch, watch, cache)
  const coders = await codersBundle(watch, cache)
  const agent = await agentBundle(watch, cache)
  const title = `${runtime.title}, with ${agent.title}`
  const total = runtime.unpackedBytes + coders.unpackedBytes + agent.unpackedBytes
  watch.onProgress({ phase: 'bundle', title: `Writing ${basename(path)}`, unit: '', done: 0, total: 1, etaS: null })
  const temporary = `${path}.${process.pid}.part`
  try {
    await joinArchives([runtime.path, coders.path, agent.path], temporary, watch.signal)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    if (watch.signal.aborted) throw new CodedError('cancelled', 'Cancelled.')
    throw error
  }
  return {
    path,
    title,
    bytes: (await stat(path)).size,
    unpackedBytes: total,
    sha256: await sha256File(path),
    command: `mkdir -p ~/.splitbench && tar xzf ${basename(path)} -C ~/.splitbench`,
    notes: runtime.withoutCLibrary === null ? [] : [`It goes without a C library: ${runtime.withoutCLibrary}.`],
  }
}
