import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { codersBundle } from '../../../src/main/workbench/devices/runtime/agentBundle.ts'
import { type RuntimeBundle, runtimeBundle } from '../../../src/main/workbench/devices/runtime/bundles.ts'
import type { BoardArch } from '../../../src/main/workbench/devices/runtime/recipes.ts'
import type { VirtualPi } from './virtualPi.ts'

/**
 * Runtime and coders on the Pi without a push and without its emulated tar: as from a memory card. `prepareBoard` then sends the
 * agent only.
 */
export async function installFromCard(pi: VirtualPi): Promise<RuntimeBundle> {
  const arch: BoardArch = pi.arch === 'armhf' ? 'arm' : 'arm64'
  const watch = { onProgress() {}, signal: new AbortController().signal }
  const bundle = await runtimeBundle(arch, watch)
  const coders = await codersBundle(watch)
  const folder = join(pi.home, '.splitbench')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const { path } of [bundle, coders]) execFileSync('tar', ['xzf', path, '-C', folder])
  if (process.getuid?.() === 0) execFileSync('chown', ['-R', '1000:1000', folder])
  return bundle
}
