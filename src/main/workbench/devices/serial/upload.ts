import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { CodedError } from '#common/errors.ts'
import type { CommandOutcome, UploadOptions } from '../boardShell.ts'
import { cksum } from './cksum.ts'
import type { Talk } from './talk.ts'

interface Console {
  talk: Talk
  exec(command: string, options?: { signal?: AbortSignal }): Promise<CommandOutcome>
  put(text: string, id: string, signal?: AbortSignal): Promise<void>
  newId(): string
  interrupt(signal?: AbortSignal): Promise<void>
  failed(what: string): CodedError
  bytesPerS: number
}

const smallestChunk = 256
/** Unless a second of the line carries more. */
const largestChunk = 32 * 1024
const attempts = 40

/**
 * Writes a file's bytes from `offset` on to the board, through a shell alone: chunk after chunk with the line set raw,
 * each checked by its SHA-256 before it is appended. Slow and sure: for the runtime of a board that has no other way in,
 * after its user was asked. Noise makes the chunks smaller.
 */
export async function uploadOverConsole(
  console: Console,
  local: string,
  remote: string,
  { offset, onProgress, signal }: UploadOptions,
): Promise<void> {
  const path = `'${remote.replaceAll("'", `'\\''`)}'`
  const run = async (command: string): Promise<string> => {
    const { code, stdout, stderr } = await console.exec(command, { signal })
    if (code !== 0)
      throw console.failed(`the file ${remote} cannot be written (${stderr.trim() || `exit code ${code}`})`)
    return stdout
  }
  await run(
    offset === 0
      ? `: > ${path}`
      : `head -c ${offset} ${path} > "$d/t" && cat "$d/t" > ${path}; e=$?; rm -f "$d/t"; exit $e`,
  )
  const file = await open(local)
  try {
    const { size } = await file.stat()
    const largest = Math.max(largestChunk, Math.round(console.bytesPerS))
    let length = Math.min(largest, Math.max(smallestChunk, Math.round(console.bytesPerS)))
    let failures = 0
    for (let at = offset; at < size; ) {
      if (signal.aborted) throw new CodedError('cancelled', 'Cancelled.')
      const buffer = Buffer.alloc(Math.min(length, size - at))
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at)
      if (bytesRead < buffer.length) throw new CodedError('io-failed', `${local} became shorter while it was sent.`)
      const end = at + buffer.length
      const hash = createHash('sha256').update(buffer).digest('hex')
      const append = `[ "$(($(wc -c < ${path})))" = ${end} ] || cat "$d/t" >> ${path}; wc -c < ${path}`
      // One command: each costs a slow board as much time as the bytes do.
      const checked = `case "$(sha256sum "$d/t")" in ${hash}*) ${append};; *) echo damaged;; esac`
      const there = (await sendChunk(console, buffer, signal)) ? (await run(checked)).trim() : 'damaged'
      if (there === 'damaged') {
        if (++failures > attempts) throw console.failed(`the line to ${remote} is too noisy`)
        length = Math.max(smallestChunk, Math.floor(length / 2))
        continue
      }
      if (Number(there) !== end) throw console.failed(`the file ${remote} has ${there} bytes instead of ${end}`)
      at = end
      failures = 0
      length = Math.min(largest, length * 2)
      onProgress(at)
    }
  } finally {
    await file.close()
  }
}

/** Whether so many bytes lie in "$d/t": the chunk, unless noise has changed it. */
async function sendChunk(console: Console, chunk: Buffer, signal: AbortSignal): Promise<boolean> {
  const { talk, bytesPerS } = console
  const id = console.newId()
  const command = `head -c ${chunk.length} > "$d/t"`
  await console.put(command, id, signal)
  await talk.write(`sb_raw ${id} ${cksum(Buffer.from(command))}\n`)
  const ready = await talk.until(new RegExp(`^${id}@$`, 'm'), 4000, signal)
  if (!ready) {
    // Whatever is waiting for bytes gets them, and is no chunk.
    await talk.write('\n'.repeat(chunk.length))
    await console.interrupt(signal)
    return false
  }
  await talk.write(chunk.toString('latin1'))
  const ms = 3000 + (1500 * chunk.length) / bytesPerS
  for (let attempt = 0; attempt < 3; attempt++) {
    if (await talk.until(new RegExp(`^${id}~0$`, 'm'), attempt === 0 ? ms : 2000, signal)) break
    // Bytes were lost on the way: these stand in for them.
    await talk.write('\n'.repeat(attempt === 0 ? 1 : chunk.length))
  }
  await talk.quiet(50, 500, signal)
  return true
}
