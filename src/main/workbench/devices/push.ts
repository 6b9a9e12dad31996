import { open, stat } from 'node:fs/promises'
import { CodedError } from '#common/errors.ts'
import { sha256File } from '../../../system/hash.ts'

export interface PushProgress {
  /** Bytes that the device has of what had to be sent, and their total; files that it had already do not count. */
  done: number
  total: number
  /** Over the whole push so far; null before the first chunk is there. */
  bytesPerSecond: number | null
  etaS: number | null
  /** The file that is being sent. */
  path: string
}

interface PushRequests {
  missing(hashes: string[]): Promise<{ hash: string; received: number }[]>
  push(chunk: {
    hash: string
    size: number
    offset: number
    data: Uint8Array<ArrayBuffer>
  }): Promise<{ received: number }>
}

const largestChunk = 256 * 1024
/** What a slow way carries in half a second, but not so little that every message's frame would count. */
const chunkFor = (bytesPerSecond: number | undefined): number =>
  bytesPerSecond === undefined ? largestChunk : Math.min(largestChunk, Math.max(2048, Math.round(bytesPerSecond / 2)))
/** Chunks under way at once, so that a link with a long round trip is kept busy. */
const window = 4

/**
 * Brings files to a device: only those whose content is not there, each from where an interrupted push ended. Returns
 * the SHA-256 of every path. Progress is told per chunk that the device has confirmed.
 */
export async function pushFiles(
  paths: readonly string[],
  requests: PushRequests,
  onProgress: (progress: PushProgress) => void,
  signal: AbortSignal,
  bytesPerSecondOfWay?: number,
): Promise<Map<string, string>> {
  const chunkBytes = chunkFor(bytesPerSecondOfWay)
  const hashes = new Map<string, string>()
  for (const path of paths) hashes.set(path, await sha256File(path))
  const pathOf = new Map([...hashes].map(([path, hash]) => [hash, path]))
  const missing = (await requests.missing([...pathOf.keys()])).filter(({ hash }) => pathOf.has(hash))
  const files = await Promise.all(
    missing.map(async ({ hash, received }) => {
      const path = pathOf.get(hash)!
      const { size } = await stat(path)
      // What claims to be whole but is not there, or has too much, starts over.
      return { hash, path, size, start: received < size ? received : 0 }
    }),
  )

  const total = files.reduce((sum, { size, start }) => sum + size - start, 0)
  const began = performance.now()
  let done = 0
  for (const { hash, path, size, start } of files) {
    await sendFile({ hash, path, size, start, chunkBytes }, requests, signal, (bytes) => {
      done += bytes
      const seconds = (performance.now() - began) / 1000
      const bytesPerSecond = seconds > 0 ? done / seconds : null
      onProgress({ done, total, bytesPerSecond, etaS: bytesPerSecond ? (total - done) / bytesPerSecond : null, path })
    })
  }
  return hashes
}

async function sendFile(
  {
    hash,
    path,
    size,
    start,
    chunkBytes,
  }: { hash: string; path: string; size: number; start: number; chunkBytes: number },
  requests: PushRequests,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const file = await open(path)
  const underWay: Promise<void>[] = []
  let failed: unknown
  try {
    let offset = start
    do {
      if (signal.aborted) throw new CodedError('cancelled', 'Cancelled.')
      const buffer = new Uint8Array(Math.min(chunkBytes, size - offset))
      const { bytesRead } = await file.read(buffer, 0, buffer.length, offset)
      if (bytesRead === 0 && size > offset) {
        throw new CodedError('io-failed', `${path} became shorter while it was sent.`, 'Run the same command again.')
      }
      const data = buffer.subarray(0, bytesRead)
      underWay.push(
        requests.push({ hash, size, offset, data }).then(
          () => onBytes(bytesRead),
          (error) => {
            failed ??= error
          },
        ),
      )
      offset += bytesRead
      if (underWay.length >= window) await underWay.shift()
      if (failed) throw failed
    } while (offset < size)
    await Promise.all(underWay)
    if (failed) throw failed
  } finally {
    // A request must not outlive this call, whatever ended it.
    await Promise.all(underWay)
    await file.close()
  }
}
