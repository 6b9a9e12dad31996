// One set-up at a time per thing that is set up. A lock is a file with its owner's pid; a dead owner's lock is taken over.
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { note } from './console.mjs'
import { cacheFolder } from './paths.mjs'

const pollMs = 300

/**
 * Does `work` while no other process holds the lock of that name.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(name, work) {
  const folder = join(cacheFolder, 'locks')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name}.lock`)
  let announced = false
  while (!take(path)) {
    const owner = ownerOf(path)
    if (owner === undefined || !isAlive(owner)) {
      rmSync(path, { force: true })
      continue
    }
    if (!announced) note(`waiting for another set-up (process ${owner}) that works on the same thing (${name})`)
    announced = true
    await new Promise((wake) => setTimeout(wake, pollMs))
  }
  try {
    return await work()
  } finally {
    if (ownerOf(path) === process.pid) rmSync(path, { force: true })
  }
}

/**
 * The file appears with its content, by a hard link from a private name: a reader never sees a lock without an owner.
 * @param {string} path
 */
function take(path) {
  const own = `${path}.${process.pid}`
  writeFileSync(own, String(process.pid))
  try {
    linkSync(own, path)
    return true
  } catch {
    return false
  } finally {
    rmSync(own, { force: true })
  }
}

/** @param {string} path */
function ownerOf(path) {
  try {
    const pid = Number.parseInt(readFileSync(path, 'utf8'), 10)
    return Number.isInteger(pid) ? pid : undefined
  } catch {
    return undefined
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM'
  }
}
