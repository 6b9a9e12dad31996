import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { Header } from 'tar'
import { sha256File } from '../../../../system/hash.ts'

export interface Entry {
  /** Within the bundle, with "/". */
  path: string
  source: string
  executable: boolean
}

export interface Archive {
  /** SHA-256 over names, modes and content: the same whatever packed it. */
  id: string
  /** SHA-256 and size of the packed file. */
  sha256: string
  bytes: number
  unpackedBytes: number
}

/** The last file of a bundle: where it is there, everything before it is, too. It holds the id. */
export const readyFile = 'ready'

const block = 512
const end = Buffer.alloc(2 * block)

/**
 * Packs files as the folder `<place>/<id>/` of a .tgz, without anything that depends on who packed them and when.
 * `onProgress` counts bytes before packing.
 */
export async function writeArchive(
  place: string,
  entries: readonly Entry[],
  path: string,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<Archive> {
  const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : 1))
  const id = await contentId(sorted, signal)
  const sizes = await Promise.all(sorted.map(async ({ source }) => (await stat(source)).size))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  let done = 0
  async function* tar(): AsyncGenerator<Buffer> {
    for (const [i, { path: name, source, executable }] of sorted.entries()) {
      yield header(`${place}/${id}/${name}`, sizes[i]!, executable)
      for await (const chunk of createReadStream(source) as AsyncIterable<Buffer>) {
        done += chunk.length
        onProgress(done, total)
        yield chunk
      }
      yield padding(sizes[i]!)
    }
    const last = Buffer.from(`${id}\n`)
    yield header(`${place}/${id}/${readyFile}`, last.length, false)
    yield last
    yield padding(last.length)
    yield end
  }
  await pipeline(Readable.from(tar()), createGzip({ level: 6 }), createWriteStream(path), { signal })
  return { id, sha256: await sha256File(path), bytes: (await stat(path)).size, unpackedBytes: total }
}

/** One .tgz that unpacks as all of these do. */
export async function joinArchives(paths: readonly string[], to: string, signal: AbortSignal): Promise<void> {
  async function* tar(): AsyncGenerator<Buffer> {
    for (const path of paths) {
      // Each ends in an end mark, behind which nobody reads on.
      let held = Buffer.alloc(0)
      for await (const chunk of createReadStream(path).pipe(createGunzip()) as AsyncIterable<Buffer>) {
        held = Buffer.concat([held, chunk])
        const sure = held.length - end.length
        if (sure <= 0) continue
        yield held.subarray(0, sure)
        held = held.subarray(sure)
      }
    }
    yield end
  }
  await pipeline(Readable.from(tar()), createGzip({ level: 6 }), createWriteStream(to), { signal })
}

async function contentId(entries: readonly Entry[], signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  for (const { path, source, executable } of entries) {
    signal.throwIfAborted()
    hash.update(`${executable ? 'x' : '-'} ${await sha256File(source)} ${path}\n`)
  }
  return hash.digest('hex')
}

function header(path: string, size: number, executable: boolean): Buffer {
  const buffer = Buffer.alloc(block)
  const mode = executable ? 0o755 : 0o644
  const fits = !new Header({ path, size, mode, uid: 0, gid: 0, mtime: new Date(0), type: 'File' }).encode(buffer)
  if (!fits) throw new Error(`The path ${path} is too long for an archive.`)
  return buffer
}

const padding = (size: number): Buffer => Buffer.alloc((block - (size % block)) % block)
