import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder and the missing ones above it, and throws the system's error where one cannot be made. Node's recursive
 * mkdir tries for ever where a file system answers "not there" inside a folder that is there, as /proc does
 * (seen with Node 24).
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const parent = dirname(path)
    if (code === 'ENOENT' && parent !== path && !isFolder(parent)) {
      makeFolder(parent)
      mkdirSync(path)
    } else if (!isFolder(path)) throw error
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
