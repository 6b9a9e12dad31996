import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/**
 * A file or folder is complete or absent: it is written under a temporary name in the same folder, brought to the disk,
 * and renamed. The temporary name carries the writer's process id, so that what a killed process left behind is
 * recognised as stale.
 */
const tempPattern = /^\.(\d+)-[0-9a-f]{12}\.tmp-/

const tempName = (path: string): string =>
  join(dirname(path), `.${process.pid}-${randomBytes(6).toString('hex')}.tmp-${basename(path)}`)

/**
 * Writes `data` (text as UTF-8, or bytes piece by piece) to `path`, replacing what is there; the folder must exist. On failure the temporary
 * file is removed and the system's error is rethrown: `path` then holds what it held before. `mode`: who may read it,
 * from its first moment on. `durable` false: complete or absent whatever becomes of the process, but not of the machine.
 */
export async function writeFileAtomic(
  path: string,
  data: Uint8Array | string | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { mode = 0o666, durable = true }: { mode?: number; durable?: boolean } = {},
): Promise<void> {
  const temp = tempName(path)
  try {
    const file = await open(temp, 'wx', mode)
    try {
      await file.writeFile(data)
      if (durable) await file.sync()
    } finally {
      await file.close()
    }
    await rename(temp, path)
  } catch (error) {
    await removeQuietly(temp)
    throw error
  }
  if (durable) await syncFolder(dirname(path))
}

/**
 * Has `fill` write into a temporary folder beside `path`, then gives that folder its name; a folder that is already
 * there is replaced. On failure (of `fill` too) nothing of it stays and the error is rethrown. The parent must exist.
 */
export async function writeFolderAtomic(path: string, fill: (temp: string) => Promise<void>): Promise<void> {
  const temp = tempName(path)
  try {
    await mkdir(temp)
    await fill(temp)
    await syncTree(temp)
    await moveInto(temp, path)
  } catch (error) {
    await removeQuietly(temp)
    throw error
  }
  await syncFolder(dirname(path))
}

/** Removes temporary files and folders that a process which no longer runs left in `folder` (not in its subfolders). */
export async function removeStaleTemps(folder: string): Promise<string[]> {
  const removed: string[] = []
  for (const name of await readdir(folder)) {
    const owner = tempPattern.exec(name)?.[1]
    if (owner === undefined || (await isInUse(Number(owner), join(folder, name)))) continue
    await rm(join(folder, name), { recursive: true, force: true })
    removed.push(name)
  }
  return removed
}

const aDayMs = 24 * 3600 * 1000

/** A living process id may be a later process that got the same number, so a day-old leftover is stale in any case. */
async function isInUse(pid: number, path: string): Promise<boolean> {
  if (pid === process.pid) return true
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const entry = await stat(path).catch(() => undefined)
  return entry !== undefined && Date.now() - entry.mtimeMs < aDayMs
}

/** rename() refuses a target folder with content: the old one steps aside first and is deleted afterwards. */
async function moveInto(temp: string, path: string): Promise<void> {
  try {
    await rename(temp, path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'EPERM') throw error
    const old = tempName(path)
    await rename(path, old)
    try {
      await rename(temp, path)
    } catch (failed) {
      await rename(old, path).catch(() => {})
      throw failed
    }
    await removeQuietly(old)
  }
}

async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await syncTree(path)
    else if (entry.isFile()) {
      const file = await open(path, 'r+')
      try {
        await file.sync()
      } finally {
        await file.close()
      }
    }
  }
  await syncFolder(folder)
}

/** Brings a rename itself to the disk. Not every system lets a folder be opened (Windows): there it is the best there is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined)
  if (!handle) return
  try {
    await handle.sync()
  } catch {
    // Some file systems refuse fsync on folders; the file's own content is on the disk by now.
  } finally {
    await handle.close()
  }
}

/** Cleaning up after a failure must not hide that failure. */
async function removeQuietly(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => {})
}
