// What TensorFlow set-up provides, and where it lies in the user's cache. The wheel's hash is that of the file on the Python package index: a wheel of the
// same name and version never changes there.
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../paths.mjs'

export const tfjsNodeVersion = '4.22.0'

/** The highest Node-API version that tfjs-node 4.22.0 names; Node 20 to 26 all provide it. */
export const napiVersion = 8

export const wheel = {
  project: 'tensorflow-cpu',
  version: '2.21.0',
  pythonVersion: '3.11',
  platformTag: 'manylinux_2_27_x86_64',
  sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
  megabytes: 274,
}

/** The version that tfjs-node's own install script downloads. */
export const cdnVersion = '2.9.1'

const temporaryPrefix = '.tensorflow-'

/**
 * A new folder beside the cached ones, to fill and rename.
 * @param {string} name
 */
export function temporaryFolder(name) {
  const folder = join(cacheFolder, `${temporaryPrefix}${name}-${process.pid}`)
  mkdirSync(folder, { recursive: true })
  return folder
}

/** Removes what killed set-ups left behind. The caller holds the lock, so no other process works in such a folder. */
export function removeLeftovers() {
  mkdirSync(cacheFolder, { recursive: true })
  for (const name of readdirSync(cacheFolder)) {
    if (name.startsWith(temporaryPrefix)) rmSync(join(cacheFolder, name), { recursive: true, force: true })
  }
}

const machine = `${process.platform}-${process.arch}`

/** @param {string} version */
export const librariesFolder = (version) => join(cacheFolder, `tensorflow-${version}-${machine}`)

/**
 * The compiled addon is kept apart from the libraries: it depends on tfjs-node's version and the Node-API version too.
 * @param {string} version
 */
export const addonFolder = (version) =>
  join(cacheFolder, `tfjs-node-${tfjsNodeVersion}-tensorflow-${version}-napi${napiVersion}-${machine}`)
