// Where things are. Everything under scripts/ that runs before node_modules exists imports Node built-ins only and runs
// on the machine's own Node (>= 20).
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root folder. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** Folder of the user's cache that all checkouts share. */
export const cacheFolder = join(userCache(), 'splitbench')

function userCache() {
  if (process.env.XDG_CACHE_HOME) return resolve(process.env.XDG_CACHE_HOME)
  if (process.platform === 'win32' && process.env.LOCALAPPDATA) return process.env.LOCALAPPDATA
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches')
  return join(homedir(), '.cache')
}

/** Small records of what set-up found out; gone with node_modules, so `npm ci` starts them afresh. */
export const stampFolder = join(root, 'node_modules', '.splitbench')

/** A short name for this checkout, for locks that must outlive node_modules. */
export const checkoutKey = createHash('sha256').update(root).digest('hex').slice(0, 12)

export const tfjsNodeFolder = join(root, 'node_modules', '@tensorflow', 'tfjs-node')

/**
 * The Node that everything runs on: the npm package `node-<platform>-<arch>` of the lockfile, or, on platforms that
 * have none, the running Node if it is new enough to run TypeScript.
 * @returns {string | undefined}
 */
export function projectNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const binary = process.platform === 'win32' ? 'node.exe' : 'node'
  const packaged = join(root, 'node_modules', `node-${platform}-${process.arch}`, 'bin', binary)
  if (existsSync(packaged)) return packaged
  return Number.parseInt(process.versions.node, 10) >= 24 ? process.execPath : undefined
}
