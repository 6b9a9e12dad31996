// Types, once per runtime: what is allowed in the renderer is not what is allowed in common.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { launch } from '../setup/launch.mjs'
import { root } from '../setup/paths.mjs'

const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
const vueCompiler = join(root, 'node_modules', 'vue-tsc', 'bin', 'vue-tsc.js')

/** @type {Array<{ runtime: string, program: string, folder: string }>} */
const runtimes = [
  { runtime: 'common', program: compiler, folder: 'src/common' },
  { runtime: 'node', program: compiler, folder: 'src/main' },
  { runtime: 'web', program: vueCompiler, folder: 'src/renderer' },
  { runtime: 'test', program: compiler, folder: 'test' },
]

let failed = 0
for (const { runtime, program, folder } of runtimes) {
  if (!existsSync(join(root, folder))) continue
  // What was found last time is kept: only files that changed, and those that import them, are checked anew.
  const known = join('node_modules', '.cache', 'types', `${runtime}.tsbuildinfo`)
  const code = await launch([
    program,
    '--project',
    `tsconfig.${runtime}.json`,
    '--incremental',
    '--tsBuildInfoFile',
    known,
  ])
  if (code >= 128) process.exit(code)
  if (code !== 0) failed++
}
process.exitCode = failed === 0 ? 0 : 1
