// out/, built with electron-vite and vite when a source has changed. The stamp is a hash over the sources' content.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SetupError, step } from './console.mjs'
import { environment } from './launch.mjs'
import { projectNode, root } from './paths.mjs'
import { run, tailOf } from './process.mjs'

const sources = [
  'src',
  'resources',
  'electron.vite.config.ts',
  'vite.agent.config.ts',
  'package.json',
  'package-lock.json',
]
const builds = [['electron-vite/bin/electron-vite.js'], ['vite/bin/vite.js', '--config', 'vite.agent.config.ts']]
const outFolder = join(root, 'out')
const stampPath = join(outFolder, '.built-from')

/** @returns {string} hash over names and content of everything that the build reads */
function sourceHash() {
  const hash = createHash('sha256')
  const visit = (/** @type {string} */ path) => {
    const full = join(root, path)
    if (!existsSync(full)) return
    if (statSync(full).isDirectory()) {
      for (const name of readdirSync(full).sort()) visit(`${path}/${name}`)
    } else {
      hash.update(path).update('\0').update(readFileSync(full)).update('\0')
    }
  }
  for (const path of sources) visit(path)
  return hash.digest('hex')
}

export function outIsCurrent() {
  try {
    return readFileSync(stampPath, 'utf8') === sourceHash()
  } catch {
    return false
  }
}

export async function buildOut() {
  const node = projectNode() ?? process.execPath
  const hash = sourceHash()
  await step('building out/', async () => {
    rmSync(stampPath, { force: true })
    for (const [tool, ...options] of builds) {
      const line = [join(root, 'node_modules', ...tool.split('/')), 'build', ...options, '--logLevel', 'warn']
      const outcome = await run(node, line, { cwd: root, env: environment() })
      if (outcome.code !== 0) {
        throw new SetupError(`The build failed.\n    ${tailOf(outcome, 20)}`, 'Fix the source named above.')
      }
    }
    mkdirSync(outFolder, { recursive: true })
    writeFileSync(stampPath, hash)
  })
}
