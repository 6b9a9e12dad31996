/** An initial file system for Linux ("newc" cpio), written without rights: owners and modes are what it says. */
import { createReadStream, createWriteStream, type Dirent } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'

export interface NewcEntry {
  /** Without a leading slash. */
  path: string
  mode: number
  /** Of owner and group; default 0. */
  owner?: number
  content?: Buffer | { file: string; bytes: number }
}

const kinds = { folder: 0o040000, file: 0o100000, link: 0o120000 } as const

export const folder = (path: string, permissions = 0o755, owner = 0): NewcEntry => ({
  path,
  mode: kinds.folder | permissions,
  owner,
})
export const file = (path: string, text: string, permissions = 0o644, owner = 0): NewcEntry => ({
  path,
  mode: kinds.file | permissions,
  owner,
  content: Buffer.from(text),
})
export const copy = async (path: string, from: string, permissions = 0o644, owner = 0): Promise<NewcEntry> => ({
  path,
  mode: kinds.file | permissions,
  owner,
  content: { file: from, bytes: (await lstat(from)).size },
})

/** A folder's content below `at`. `leaveOut` gets the path there. */
export async function* tree(
  from: string,
  at: string,
  { owner = 0, leaveOut = () => false }: { owner?: number; leaveOut?(path: string): boolean } = {},
): AsyncGenerator<NewcEntry> {
  const byName = (a: Dirent, b: Dirent): number => (a.name < b.name ? -1 : 1)
  for (const entry of (await readdir(from, { withFileTypes: true })).sort(byName)) {
    const [source, path] = [join(from, entry.name), at === '' ? entry.name : `${at}/${entry.name}`]
    if (leaveOut(path)) continue
    const { mode, size } = await lstat(source)
    if (entry.isDirectory()) {
      yield { path, mode, owner }
      yield* tree(source, path, { owner, leaveOut })
    } else if (entry.isSymbolicLink()) {
      yield { path, mode: kinds.link | 0o777, owner, content: Buffer.from(await readlink(source)) }
    } else if (entry.isFile()) {
      yield { path, mode, owner, content: { file: source, bytes: size } }
    }
  }
}

/** Uncompressed: an emulated processor takes longer to inflate it than this computer to read it. */
export async function writeNewc(path: string, entries: AsyncIterable<NewcEntry>): Promise<void> {
  const output = createWriteStream(path)
  const failed = finished(output)
  failed.catch(() => {})
  let number = 0
  const put = async (bytes: Buffer): Promise<void> => {
    if (!output.write(bytes))
      await Promise.race([new Promise<void>((drained) => output.once('drain', () => drained())), failed])
  }
  const pad = async (bytes: number): Promise<void> => {
    if (bytes % 4 !== 0) await put(Buffer.alloc(4 - (bytes % 4)))
  }
  const write = async ({ path: name, mode, owner = 0, content }: NewcEntry): Promise<void> => {
    const bytes = content === undefined ? 0 : Buffer.isBuffer(content) ? content.length : content.bytes
    const nameBytes = Buffer.from(`${name}\0`)
    const fields = [++number, mode, owner, owner, 1, 0, bytes, 0, 0, 0, 0, nameBytes.length, 0]
    const head = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`
    await put(Buffer.concat([Buffer.from(head), nameBytes]))
    await pad(head.length + nameBytes.length)
    if (Buffer.isBuffer(content)) await put(content)
    else if (content) for await (const chunk of createReadStream(content.file)) await put(chunk)
    await pad(bytes)
  }
  for await (const entry of entries) await write(entry)
  await write({ path: 'TRAILER!!!', mode: 0 })
  output.end()
  await failed
}
