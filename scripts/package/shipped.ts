// Which npm packages a package of the app carries: what the dependencies of package.json need, as the lockfile has them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup/paths.mjs'

export interface ShippedPackage {
  /** Below the repository: `node_modules/tar`. */
  folder: string
  name: string
  version: string
  /** SPDX expression. */
  licence: string
  /** Whether its files are packed; those of the others are part of the built window. */
  packed: boolean
}

interface LockEntry {
  version: string
  license?: string
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

/** Only the window uses them, and its build holds what it needs of them. */
const inTheWindow = new Set(['vue', 'pinia', 'naive-ui'])

/** Node itself, for boards and for npm scripts: the app runs on Electron's, and a board's is fetched when one is set up. */
const ofTheCheckout = /^node-(linux|win|darwin)-/

/** Sorted by name. */
export function shippedPackages(): ShippedPackage[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockEntry>
  }
  const wanted = Object.keys(packages['']!.dependencies ?? {})
  const packed = closure(
    packages,
    wanted.filter((name) => !inTheWindow.has(name)),
  )
  const all = closure(packages, wanted)
  return [...all]
    .map((folder) => ({
      folder,
      name: folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version: packages[folder]!.version,
      licence: packages[folder]!.license ?? '',
      packed: packed.has(folder),
    }))
    .filter(({ name }) => !ofTheCheckout.test(name))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1))
}

/** Folders of the packages and of all that they need, found as Node finds them: the nearest node_modules above. */
function closure(packages: Record<string, LockEntry>, names: readonly string[]): Set<string> {
  const found = new Set<string>()
  const visit = (from: string, name: string): void => {
    for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
      const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`
      const entry = packages[path]
      if (entry) {
        if (found.has(path)) return
        found.add(path)
        const needs = { ...entry.dependencies, ...entry.optionalDependencies }
        for (const needed of Object.keys(needs)) visit(path, needed)
        return
      }
      if (folder === '') return // an optional one of another platform
    }
  }
  for (const name of names) visit('', name)
  return found
}
