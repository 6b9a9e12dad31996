import { createWriteStream, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { CodedError } from '#common/errors.ts'
import { formatBytes } from '#common/units.ts'

export interface FetchOptions {
  /** Bytes that are there, of all (null while the server has not said how many). */
  onProgress?: (done: number, total: number | null) => void
  signal: AbortSignal
  /** A connection that brings nothing for so long counts as dropped. */
  stallMs?: number
}

/** Drops in a row, without a byte in between, after which it gives up. */
const fruitlessTries = 3

/**
 * Downloads `url` into the file `part`, continuing what an earlier try left there (HTTP Range, RFC 9110 §14). A dropped
 * connection is taken up again as long as every try brings something. Returns when the server's file is there whole;
 * whether it is the right one, only a checksum tells.
 *
 * Throws `download-failed`, and keeps the file, so that the same call continues; `cancelled` likewise.
 */
export async function fetchFile(url: string, part: string, options: FetchOptions): Promise<void> {
  let fruitless = 0
  for (;;) {
    const before = sizeOf(part)
    const outcome = await attempt(url, part, before, options)
    if (outcome.whole) return
    const now = sizeOf(part)
    fruitless = now > before ? 0 : fruitless + 1
    if (fruitless < fruitlessTries) continue
    throw failed(
      url,
      `${outcome.reason}; ${formatBytes(now)} are there`,
      'Run the same command again: it continues where it stopped.',
    )
  }
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

export const failed = (url: string, why: string, hint: string): CodedError =>
  new CodedError('download-failed', `${url}: ${why}.`, hint)

type Outcome = { whole: true } | { whole: false; reason: string }

async function attempt(url: string, part: string, have: number, options: FetchOptions): Promise<Outcome> {
  const stall = new AbortController()
  const stallMs = options.stallMs ?? 30_000
  const timer = setTimeout(() => stall.abort(), stallMs)
  const dropped = (error: unknown): Outcome => {
    if (options.signal.aborted) throw new CodedError('cancelled', 'Cancelled.')
    const reason = stall.signal.aborted ? `nothing came for ${stallMs / 1000} s` : networkReason(error)
    return { whole: false, reason }
  }
  try {
    const signal = AbortSignal.any([options.signal, stall.signal])
    const range: Record<string, string> = have > 0 ? { range: `bytes=${have}-` } : {}
    let response: Response
    try {
      response = await fetch(url, { signal, headers: { 'accept-encoding': 'identity', ...range } })
    } catch (error) {
      return dropped(error)
    }
    const start = response.status === 206 ? rangeStart(response) : 0
    if (start !== 0 && start !== have) {
      await response.body?.cancel()
      await rm(part, { force: true })
      return { whole: false, reason: 'the server sent another piece than the one asked for' }
    }
    // 416: nothing lies beyond what is there. Either it is whole, or it is no piece of this file; the checksum decides.
    if (response.status === 416 && have > 0) {
      await response.body?.cancel()
      return { whole: true }
    }
    if (!response.ok || response.body === null) {
      await response.body?.cancel()
      const answer = `the server answered ${response.status} ${response.statusText}`.trimEnd()
      throw failed(url, answer, 'Check the address, or try again later.')
    }
    const length = response.headers.get('content-length')
    const progress = { done: start, total: length === null ? null : start + Number(length) }
    const broken = await append(response.body, part, progress, () => {
      timer.refresh()
      options.onProgress?.(progress.done, progress.total)
    })
    if (broken !== undefined) return dropped(broken)
    if (progress.total !== null && progress.done < progress.total)
      return dropped(new Error('the connection was dropped'))
    return { whole: true }
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Writes a body behind the first `progress.done` bytes of a file. Returns the error that ended the body early, once all
 * that came before it is in the file; errors of the file itself (a full disk) are thrown.
 */
async function append(
  body: AsyncIterable<Uint8Array>,
  part: string,
  progress: { done: number },
  onChunk: () => void,
): Promise<unknown> {
  let broken: unknown
  async function* chunks(): AsyncGenerator<Uint8Array> {
    onChunk()
    try {
      for await (const chunk of body) {
        progress.done += chunk.length
        onChunk()
        yield chunk
      }
    } catch (error) {
      broken = error
    }
  }
  await pipeline(chunks, createWriteStream(part, { flags: progress.done > 0 ? 'a' : 'w' }))
  return broken
}

/** NaN, which equals nothing, when the server does not say. */
function rangeStart(response: Response): number {
  return Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1])
}

/** fetch hides the reason ("fetch failed") behind a chain of causes. */
function networkReason(error: unknown): string {
  let deepest = error
  while (deepest instanceof Error && deepest.cause instanceof Error) deepest = deepest.cause
  if (!(deepest instanceof Error)) return String(deepest)
  const { code } = deepest as Error & { code?: string }
  const known: Record<string, string> = {
    ENOTFOUND: 'the host name is unknown (no network, or no name server)',
    EAI_AGAIN: 'the host name could not be looked up (no network, or no name server)',
    ECONNREFUSED: 'the server refused the connection',
    ECONNRESET: 'the connection was dropped',
    UND_ERR_SOCKET: 'the connection was dropped',
    ETIMEDOUT: 'the server did not answer in time',
    UND_ERR_CONNECT_TIMEOUT: 'the server did not answer in time',
  }
  return (code !== undefined && known[code]) || deepest.message
}
