import { copyFile, link, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CodedError } from '#common/errors.ts'
import { sha256File } from '../../../system/hash.ts'
import type { Device } from './device.ts'
import type { PushProgress } from './push.ts'

/**
 * As `device.pushFiles`, for files that are many and large: where the agent's store is a folder of this computer they
 * are linked into it, or copied where that is another disk. The agent checks their hash when it reads them, as ever.
 */
export async function bringFiles(
  device: Device,
  paths: readonly string[],
  onProgress: (progress: PushProgress) => void,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const { store } = device
  if (store === undefined) return device.pushFiles(paths, onProgress, signal)
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const hashes = new Map<string, string>()
  const began = performance.now()
  let done = 0
  for (const [index, path] of paths.entries()) {
    if (signal.aborted) throw new CodedError('cancelled', 'Cancelled.')
    const hash = await sha256File(path)
    hashes.set(path, hash)
    await place(path, join(store, hash))
    done += sizes[index]!
    const bytesPerSecond = (1000 * done) / Math.max(1, performance.now() - began)
    onProgress({ done, total, bytesPerSecond, etaS: (total - done) / bytesPerSecond, path })
  }
  return hashes
}

async function place(path: string, target: string): Promise<void> {
  try {
    await link(path, target)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    // Another disk, or a file system without links.
    const temp = `${target}.${process.pid}.copy`
    await copyFile(path, temp)
    await rename(temp, target)
  }
}
