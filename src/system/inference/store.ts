import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CodedError } from '#common/errors.ts'
import { sha256, sha256File } from '../hash.ts'

/** The largest file that is taken: full-width VGG16 in float32 has 0.06 GB. */
const maxFileBytes = 2 * 1024 ** 3
const hashPattern = /^[0-9a-f]{64}$/

/**
 * Files named by the SHA-256 of their content, in one flat folder. A push grows `<hash>.part`, which survives a break and
 * is continued; the name `<hash>` appears only when all bytes are on the disk and their hash is right.
 */
export interface ContentStore {
  /** Those that are not there, each with the bytes that an interrupted push has left. */
  missing(hashes: readonly string[]): Promise<{ hash: string; received: number }[]>
  /** Appends one chunk; returns the bytes received so far. Offset 0 starts over. */
  push(chunk: { hash: string; size: number; offset: number; data: Uint8Array }): Promise<number>
  /** The content, hash-checked again: a card that lost bits must not be timed. */
  read(hash: string): Promise<Uint8Array<ArrayBuffer>>
  /** As `read`, for a file that is not wanted as a whole. */
  verify(hash: string): Promise<void>
  /** Where a file lies. */
  place(hash: string): string
  drop(hashes: readonly string[]): Promise<void>
}

/** Opens (and makes) the store; several processes may share one folder. */
export async function openStore(folder: string): Promise<ContentStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const pathOf = (hash: string): string => {
    // The schema has seen to it already; a path must never be built from anything else.
    if (!hashPattern.test(hash)) throw new CodedError('protocol-violated', 'A file is named by its SHA-256.')
    return join(folder, hash)
  }
  const partOf = (hash: string): string => `${pathOf(hash)}.part`

  /** Chunks are handled one after the other, however they arrive. */
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work, work)
    last = turn
    return turn
  }

  async function append({ hash, size, offset, data }: Parameters<ContentStore['push']>[0]): Promise<number> {
    if (size > maxFileBytes || offset + data.length > size) {
      throw new CodedError('protocol-violated', `A chunk at ${offset} does not fit into a file of ${size} bytes.`)
    }
    if ((await sizeOf(pathOf(hash))) !== undefined) return size
    const part = partOf(hash)
    const present = (await sizeOf(part)) ?? 0
    if (offset !== 0 && offset !== present) {
      throw new CodedError(
        'protocol-violated',
        `A chunk at ${offset} arrived; the next one is at ${present}.`,
        undefined,
        {
          received: present,
        },
      )
    }
    const file = await open(part, offset === 0 ? 'w' : 'r+', 0o600)
    try {
      let written = 0
      while (written < data.length) {
        written += (await file.write(data, written, data.length - written, offset + written)).bytesWritten
      }
      if (offset + data.length === size) await file.sync()
    } finally {
      await file.close()
    }
    if (offset + data.length === size) await complete(hash)
    return offset + data.length
  }

  async function complete(hash: string): Promise<void> {
    const actual = await sha256File(partOf(hash))
    if (actual === hash) return rename(partOf(hash), pathOf(hash))
    await rm(partOf(hash), { force: true })
    throw new CodedError(
      'check-failed',
      `A file arrived damaged: its hash is ${actual.slice(0, 12)}…, not ${hash.slice(0, 12)}…`,
      'Push it again; if it happens again, check the link and the storage of the device.',
    )
  }

  const absent = (hash: string) => (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    throw new CodedError('device-failed', `The file ${hash.slice(0, 12)}… is not on the device.`, 'Push it first.')
  }
  async function damaged(hash: string): Promise<CodedError> {
    await rm(pathOf(hash), { force: true })
    return new CodedError(
      'device-failed',
      `The file ${hash.slice(0, 12)}… was damaged on the device and has been removed.`,
      'Push it again; if it happens again, check the storage of the device.',
    )
  }

  return {
    async missing(hashes) {
      const files: { hash: string; received: number }[] = []
      for (const hash of hashes) {
        if ((await sizeOf(pathOf(hash))) === undefined)
          files.push({ hash, received: (await sizeOf(partOf(hash))) ?? 0 })
      }
      return files
    },
    push: (chunk) => inTurn(() => append(chunk)),
    async read(hash) {
      const bytes = await readFile(pathOf(hash)).catch(absent(hash))
      if (sha256(bytes) === hash) return bytes
      throw await damaged(hash)
    },
    async verify(hash) {
      if ((await sha256File(pathOf(hash)).catch(absent(hash))) !== hash) throw await damaged(hash)
    },
    place: pathOf,
    drop: (hashes) =>
      inTurn(async () => {
        for (const hash of hashes) await rm(pathOf(hash), { force: true })
      }),
  }
}

const sizeOf = async (path: string): Promise<number | undefined> =>
  (
    await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
  )?.size
