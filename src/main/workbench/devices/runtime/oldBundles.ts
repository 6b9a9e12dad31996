import { readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'

/** Two versions of this program may share a board, or a cache: the one used last and the one before it stay. */
export const keptBundles = 2
/** In the cache: another process may be sending one, which takes hours over a serial line. */
const restMs = 24 * 3600 * 1000

/**
 * In this computer's cache: notes that `name` is used now, and removes the others whose names fit, with whatever ending,
 * but for the one used last before it and those used within a day. Never fails: what stays costs only room.
 */
export async function keepNewest(cache: string, fits: RegExp, name: string, now = new Date()): Promise<void> {
  const found = new Map<string, { paths: string[]; usedAt: number }>()
  for (const entry of await readdir(cache).catch(() => [])) {
    const known = fits.exec(entry)?.[0]
    if (known === undefined) continue
    const path = join(cache, entry)
    if (known === name) await utimes(path, now, now).catch(() => {})
    const usedAt = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    )
    const one = found.get(known) ?? { paths: [], usedAt: 0 }
    found.set(known, { paths: [...one.paths, path], usedAt: Math.max(one.usedAt, usedAt) })
  }
  const others = [...found].filter(([known]) => known !== name).sort(([, a], [, b]) => b.usedAt - a.usedAt)
  for (const [, { paths, usedAt }] of others.slice(keptBundles - 1)) {
    if (now.getTime() - usedAt < restMs) continue
    for (const path of paths) await rm(path, { recursive: true, force: true }).catch(() => {})
  }
}
