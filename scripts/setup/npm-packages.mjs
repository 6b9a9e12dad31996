// node_modules as package-lock.json says. Whether it is complete is read from npm's own hidden lockfile, which npm
// writes last: a killed `npm ci` leaves none or an outdated one.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SetupError, step } from './console.mjs'
import { root } from './paths.mjs'
import { npm, run, tailOf } from './process.mjs'

/** @param {string} path */
function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages
  } catch {
    return undefined
  }
}

/** Whether every package of the lockfile is installed in its version and its folder is still there. */
export function npmPackagesReady() {
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'))
  if (installed === undefined) return false
  const wanted = packagesOf(join(root, 'package-lock.json')) ?? {}
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true
    if (installed[path] === undefined) return entry.optional === true // of another platform
    return installed[path].version === entry.version && existsSync(join(root, path, 'package.json'))
  })
}

export async function installNpmPackages() {
  const tool = npm()
  if (!tool)
    throw new SetupError('npm was not found.', 'Install npm (it comes with Node.js), then run the command again.')
  await step('npm packages, from the registry npm is configured for (npm ci, install scripts off)', async () => {
    const outcome = await run(tool.program, [...tool.args, 'ci', '--ignore-scripts', '--loglevel=error'], {
      cwd: root,
    })
    if (outcome.code === 0) return
    const offline = /ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ECONNRESET/.test(outcome.stderr)
    throw new SetupError(
      `npm ci failed${offline ? ': the npm registry cannot be reached' : ''}.\n    ${tailOf(outcome)}`,
      offline
        ? 'Check the network or `npm config get registry`, then run the command again.'
        : 'Read the lines above; when they are fixed, run the command again: it continues.',
    )
  })
}
