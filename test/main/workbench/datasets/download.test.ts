import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { create } from 'tar'
import { describe, expect, it, onTestFinished } from 'vitest'
import { downloadArchive, downloadDataset } from '../../../../src/main/workbench/datasets/download.ts'
import { fetchFile } from '../../../../src/main/workbench/datasets/fetchFile.ts'
import { countingRecords, expectError, never, temporaryFolder, write } from '../../../support/images.ts'

interface Behaviour {
  /** Bytes of a body after which the connection is cut, for the n-th request; undefined = never. */
  cut?: (request: number) => number | undefined
  /** Answers without looking at the Range header. */
  ignoreRange?: boolean
  /** Sends the head and the first bytes, and then nothing. */
  stall?: boolean
  status?: number
}

/** A web server with one file that knows Range, and misbehaves as told. */
async function serve(
  body: Buffer,
  behaviour: Behaviour = {},
): Promise<{ base: string; ranges: string[]; server: Server }> {
  const ranges: string[] = []
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    ranges.push(request.headers.range ?? '')
    if (behaviour.status !== undefined) {
      response.writeHead(behaviour.status).end('sorry')
      return
    }
    const asked = behaviour.ignoreRange ? undefined : /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1]
    const from = Number(asked ?? 0)
    if (from >= body.length) {
      response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end()
      return
    }
    const rest = body.subarray(from)
    const head: Record<string, string | number> = { 'content-length': rest.length }
    if (asked !== undefined) head['content-range'] = `bytes ${from}-${body.length - 1}/${body.length}`
    response.writeHead(asked === undefined ? 200 : 206, head)
    if (behaviour.stall) {
      response.flushHeaders()
      if (from === 0) response.write(rest.subarray(0, 10))
      return
    }
    const cut = behaviour.cut?.(ranges.length)
    if (cut === undefined || cut >= rest.length) response.end(rest)
    else response.write(rest.subarray(0, cut), () => setTimeout(() => response.destroy(), 20))
  }
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, ranges, server }
}

/** The archive of a small data set in the official form: one folder inside. */
async function archive(inner = 'cifar-10-batches-bin'): Promise<{ bytes: Buffer; md5: string }> {
  const folder = temporaryFolder()
  write(join(folder, inner, 'data_batch_1.bin'), countingRecords(40))
  write(join(folder, inner, 'test_batch.bin'), countingRecords(10, 2))
  const file = join(folder, 'archive.tar.gz')
  await create({ gzip: true, file, cwd: folder }, [inner])
  const bytes = readFileSync(file)
  return { bytes, md5: createHash('md5').update(bytes).digest('hex') }
}

const get = (base: string, md5: string, cache: string, signal = never) =>
  downloadArchive(`${base}a.tar.gz`, md5, cache, 'cifar-10-batches-bin', { signal })

describe('downloading a data set', () => {
  it('fetches, checks and unpacks; a second call finds it there', async () => {
    const { bytes, md5 } = await archive()
    const { base, ranges } = await serve(bytes)
    const cache = join(temporaryFolder(), 'new', 'cache')
    const seen: [number, number | null][] = []
    const options = { signal: never, onProgress: (done: number, total: number | null) => seen.push([done, total]) }
    const folder = await downloadArchive(`${base}a.tar.gz`, md5, cache, 'cifar-10-batches-bin', options)
    expect(folder).toBe(join(cache, 'cifar-10-batches-bin'))
    expect(readFileSync(join(folder, 'data_batch_1.bin')).equals(countingRecords(40))).toBe(true)
    expect(readdirSync(cache)).toEqual(['cifar-10-batches-bin'])
    expect(seen[0]).toEqual([0, bytes.length])
    expect(seen[seen.length - 1]).toEqual([bytes.length, bytes.length])
    await get(base, md5, cache)
    expect(ranges.length).toBe(1)
  })

  it('continues by itself when the connection drops', async () => {
    const { bytes, md5 } = await archive()
    const { base, ranges } = await serve(bytes, { cut: (request) => (request <= 5 ? 100 : undefined) })
    const cache = temporaryFolder()
    await get(base, md5, cache)
    expect(ranges).toEqual(['', 'bytes=100-', 'bytes=200-', 'bytes=300-', 'bytes=400-', 'bytes=500-'])
    expect(existsSync(join(cache, 'cifar-10-batches-bin', 'test_batch.bin'))).toBe(true)
  })

  it('gives up when nothing comes any more, keeps what is there, and continues at the next call', async () => {
    const { bytes, md5 } = await archive()
    const { base, ranges } = await serve(bytes, {
      cut: (request) => (request === 1 ? 300 : request <= 4 ? 0 : undefined),
    })
    const cache = temporaryFolder()
    const error = await expectError(
      () => get(base, md5, cache),
      'download-failed',
      /a\.tar\.gz: the connection was dropped; \S+ B are there\./,
    )
    expect(error.exitCode).toBe(1)
    expect(error.hint).toMatch(/continues where it stopped/)
    expect(readdirSync(cache)).toEqual(['cifar-10-batches-bin.tar.gz.part'])
    await get(base, md5, cache)
    expect(ranges[4]).toBe('bytes=300-')
    expect(readdirSync(cache)).toEqual(['cifar-10-batches-bin'])
  })

  it('starts over on a server that knows no ranges', async () => {
    const { bytes, md5 } = await archive()
    const { base } = await serve(bytes, { ignoreRange: true })
    const cache = temporaryFolder()
    writeFileSync(join(cache, 'cifar-10-batches-bin.tar.gz.part'), bytes.subarray(0, 77))
    await get(base, md5, cache)
    expect(readdirSync(cache)).toEqual(['cifar-10-batches-bin'])
  })

  it('needs no further byte when the earlier try had got all of them', async () => {
    const { bytes, md5 } = await archive()
    const { base } = await serve(bytes)
    const cache = temporaryFolder()
    writeFileSync(join(cache, 'cifar-10-batches-bin.tar.gz.part'), bytes)
    await get(base, md5, cache)
    expect(readdirSync(cache)).toEqual(['cifar-10-batches-bin'])
  })

  it('refuses a wrong checksum, deletes what came, and works once the server is right', async () => {
    const { bytes, md5 } = await archive()
    const wrong = Buffer.from(bytes)
    wrong[500] ^= 1
    const { base } = await serve(wrong)
    const cache = temporaryFolder()
    const error = await expectError(() => get(base, md5, cache), 'download-failed', new RegExp(`instead of ${md5}`))
    expect(error.hint).toMatch(/again/)
    expect(readdirSync(cache)).toEqual([])
    await get((await serve(bytes)).base, md5, cache)
    expect(readdirSync(cache)).toEqual(['cifar-10-batches-bin'])
  })

  it('knows the published checksums', async () => {
    const { bytes } = await archive()
    const { base } = await serve(bytes)
    const cache = temporaryFolder()
    await expectError(
      () => downloadDataset('cifar-10', cache, { baseUrl: base, signal: never }),
      'download-failed',
      /cifar-10-binary\.tar\.gz: .*instead of c32a1d4ab5d03f1284b67883e8d87530/,
    )
    await expectError(
      () => downloadDataset('cifar-100', cache, { baseUrl: base, signal: never }),
      'download-failed',
      /cifar-100-binary\.tar\.gz: .*instead of 03b5dce01913d631647c71ecec9e9cb8/,
    )
  })

  it('leaves nothing behind when the archive holds something else', async () => {
    const { bytes, md5 } = await archive('other')
    const cache = temporaryFolder()
    const { base } = await serve(bytes)
    await expectError(
      () => get(base, md5, cache),
      'download-failed',
      /the archive holds no folder cifar-10-batches-bin/,
    )
    expect(readdirSync(cache)).toEqual(['cifar-10-batches-bin.tar.gz.part'])
  })

  it('says what the server or the network answered', async () => {
    const cache = temporaryFolder()
    const { base } = await serve(Buffer.from('x'), { status: 404 })
    await expectError(() => get(base, 'x', cache), 'download-failed', /the server answered 404 Not Found/)
    const gone = await serve(Buffer.from('x'))
    await new Promise((resolve) => gone.server.close(resolve))
    await expectError(
      () => get(gone.base, 'x', cache),
      'download-failed',
      /the server refused the connection; \S+ B are there/,
    )
    await expectError(
      () => get('http://splitbench.invalid/', 'x', cache),
      'download-failed',
      /splitbench\.invalid\/a\.tar\.gz: the host name (is unknown|could not be looked up)/,
    )
  })

  it('takes a connection that brings nothing for a dropped one', async () => {
    const { base } = await serve(Buffer.alloc(100), { stall: true })
    const part = join(temporaryFolder(), 'file.part')
    const act = () => fetchFile(`${base}file`, part, { signal: never, stallMs: 150 })
    await expectError(act, 'download-failed', /nothing came for 0\.15 s; \S+ B are there/)
  })

  it('is cancelled, and continues later', async () => {
    const { bytes, md5 } = await archive()
    const { base } = await serve(bytes, { stall: true })
    const cache = temporaryFolder()
    const controller = new AbortController()
    const options = { signal: controller.signal, onProgress: (done: number) => done > 0 && controller.abort() }
    await expect(downloadArchive(`${base}a.tar.gz`, md5, cache, 'cifar-10-batches-bin', options)).rejects.toMatchObject(
      { code: 'cancelled' },
    )
    await get((await serve(bytes)).base, md5, cache)
    expect(readdirSync(cache)).toEqual(['cifar-10-batches-bin'])
  })
})
