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
    let size1 = Math.min(largestChunk, Math.max(smallestChunk, Math.round(console.bytesPerS)))
    let failures = 0
    for (let at = offset; at < size; ) {
      if (signal.aborted) throw new CodedError('cancelled', 'Cancelled.')
      const buffer = Buffer.alloc(Math.min(size1, size - at))
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at)
      if (bytesRead < buffer.length) throw new CodedError('io-failed', `${local} became shorter while it was sent.`)
      if (await sendChunk(console, buffer, signal)) {
        const there = await run(
          `[ "$(($(wc -c < ${path})))" = ${at + buffer.length} ] || cat "$d/t" >> ${path}; wc -c < ${path}`,
        )
        if (Number(there) !== at + buffer.length)
          throw console.failed(`the file ${remote} has ${there.trim()} bytes instead of ${at + buffer.length}`)
        at += buffer.length
        failures = 0
        size1 = Math.min(largestChunk, size1 * 2)
        onProgress(at)
      } else {
        if (++failures > attempts) throw console.failed(`the line to ${remote} is too noisy`)
        size1 = Math.max(smallestChunk, Math.floor(size1 / 2))
      }
    }
  } finally {
    await file.close()
  }
}

/** Whether the chunk lies in "$d/t", unharmed. */
async function sendChunk(console: Console, chunk: Buffer, signal: AbortSignal): Promise<boolean> {
  const { talk, bytesPerS } = console
  const id = console.newId()
  const hash = createHash('sha256').update(chunk).digest('hex')
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
  const { stdout } = await console.exec('sha256sum "$d/t"', { signal })
  return stdout.startsWith(hash)
}
