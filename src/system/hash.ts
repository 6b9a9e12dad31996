import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'

/** SHA-256 of bytes (or of text as UTF-8), 64 lower-case hex digits. */
export const sha256 = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex')

/** SHA-256 of a file's content, read as a stream. Fails with the system's error. */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
