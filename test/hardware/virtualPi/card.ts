import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type RuntimeBundle, runtimeBundle } from '../../../src/main/workbench/devices/runtime/bundles.ts'
import type { BoardArch } from '../../../src/main/workbench/devices/runtime/recipes.ts'
import type { VirtualPi } from './virtualPi.ts'

/**
 * The runtime on the Pi without a push and without its emulated tar: as from a memory card. `prepareBoard` then sends the
 * agent only.
 */
export async function installFromCard(pi: VirtualPi): Promise<RuntimeBundle> {
  const arch: BoardArch = pi.arch === 'armhf' ? 'arm' : 'arm64'
  const bundle = await runtimeBundle(arch, { onProgress() {}, signal: new AbortController().signal })
  const folder = join(pi.home, '.splitbench')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  execFileSync('tar', ['xzf', bundle.path, '-C', folder])
  if (process.getuid?.() === 0) execFileSync('chown', ['-R', '1000:1000', folder])
  return bundle
}
