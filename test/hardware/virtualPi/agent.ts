/** The agent on a virtual Pi, put there by hand rather than pushed: for tests of what comes after that. */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { afterAll } from 'vitest'
import { kitFolder } from './kit.ts'
import type { VirtualPi } from './virtualPi.ts'

const repository = join(import.meta.dirname, '..', '..', '..')
let bundle: Promise<string> | undefined

/** The agent's bundle, made of the sources as they are: one in out/ might be older. */
function agentBundle(): Promise<string> {
  bundle ??= (async () => {
    const outDir = await mkdtemp(join(tmpdir(), 'splitbench-agent-bundle-'))
    await chmod(outDir, 0o755) // pi is somebody else
    await build({
      configFile: join(repository, 'vite.agent.config.ts'),
      root: repository,
      logLevel: 'error',
      build: { outDir, emptyOutDir: true },
    })
    return outDir
  })()
  return bundle
}

/**
 * Puts Node, ONNX Runtime and the agent at /opt of an arm64 Pi. Returns the command that starts the agent over its
 * standard streams; its store is ~/.splitbench/agent.
 */
export const installAgent = (pi: VirtualPi): Promise<string> => install(pi, 'opt')

/** The same with ONNX Runtime 1.21.0, which uses instructions that cortex-a53 and cortex-a72 lack. */
export const installOldRuntime = (pi: VirtualPi): Promise<string> => install(pi, 'opt-bad')

async function install(pi: VirtualPi, runtime: 'opt' | 'opt-bad'): Promise<string> {
  await pi.mount(join(kitFolder(pi.arch), runtime), '/opt')
  await pi.mount(await agentBundle(), '/opt/agent')
  return 'ORT_DISABLE_TELEMETRY=1 /opt/bin/node /opt/agent/agent.mjs'
}

/** Once per test file that installs agents. */
export function removeBundleAfterAll(): void {
  afterAll(async () => {
    if (bundle) await rm(await bundle, { recursive: true, force: true })
    bundle = undefined
  })
}
