import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { connect } from '#common/contract/channel.ts'
import { encodeMessage } from '#common/contract/frames.ts'
import type { Client } from '#common/contract/rpc.ts'
import { client } from '#common/contract/rpc.ts'
import type { WorkbenchContract } from '#common/contract/workbench.ts'
import { reportPath, workbenchContract } from '#common/contract/workbench.ts'
import type { WebHost } from '../../../src/main/server/host.ts'
import { startWebHost } from '../../../src/main/server/host.ts'
import { runsFolderOf } from '../../../src/main/workbench/desktop/lock.ts'
import { socketChannel } from '../../../src/main/workbench/desktop/socketChannel.ts'
import { Workbench } from '../../../src/main/workbench/desktop/workbench.ts'
import { Site } from '../../../src/main/workbench/site/site.ts'
import { shortWork } from '../../support/shortWork.ts'

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

describe('the web host', () => {
  let folder: string
  let workbench: Workbench
  let host: WebHost
  const addresses: string[] = []
  let cookie: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'splitbench-host-'))
    const site = join(folder, 'site')
    mkdirSync(join(site, 'assets'), { recursive: true })
    writeFileSync(join(site, 'index.html'), '<!doctype html><title>Splitbench</title>')
    writeFileSync(join(site, 'assets', 'index-1a2b.js'), 'export {}')
    writeFileSync(join(folder, 'secret.txt'), 'secret')
    const run = join(folder, 'workspace', 'splitbench-runs', 'a run')
    mkdirSync(run, { recursive: true })
    writeFileSync(join(run, 'report.html'), '<!doctype html>the report')
    writeFileSync(join(run, 'comparison.json'), '{"secret": true}')
    symlinkSync(folder, join(run, '..', 'out'))
    writeFileSync(join(folder, 'report.html'), 'secret')
    workbench = new Workbench(join(folder, 'workspace'), 'web', shortWork(50))
    host = await startWebHost({
      address: '127.0.0.1',
      port: 0,
      site: new Site(site, runsFolderOf(workbench.workspace)),
      workbench,
      onAddress: (url) => addresses.push(url),
    })
    const first = await get(new URL(addresses[0]!).search ? `/${new URL(addresses[0]!).search}` : '/')
    expect(first.status).toBe(303)
    cookie = String(first.headers['set-cookie']).split(';')[0]!
    expect(String(first.headers['set-cookie'])).toMatch(/HttpOnly; SameSite=Strict/)
  })
  afterAll(async () => {
    await workbench.close()
    host.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** A request as the wire has it: no path is tidied up on the way. */
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET', body?: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const asked = request(
        { host: '127.0.0.1', port: host.port, path, method, headers, setHost: headers.host === undefined },
        (response) => {
          let text = ''
          response.setEncoding('utf8').on('data', (part) => {
            text += part
          })
          response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: text }))
        },
      )
      asked.on('error', reject)
      asked.end(body)
    })
  const code = ({ body }: Answer) => JSON.parse(body).error.code
  const origin = () => `http://127.0.0.1:${host.port}`

  const open = (headers: Record<string, string>, path = '/rpc') => {
    const socket = new WebSocket(`ws://127.0.0.1:${host.port}${path}`, { headers })
    const opened = new Promise<void>((resolve) => socket.on('open', resolve))
    const refused = new Promise<{ status: number; code: string }>((resolve) =>
      socket.on('unexpected-response', (_, response) => {
        let text = ''
        response.on('data', (part) => {
          text += part
        })
        response.on('end', () => resolve({ status: response.statusCode!, code: JSON.parse(text).error.code }))
      }),
    )
    const closed = new Promise<{ code: number; reason: string }>((resolve) =>
      socket.on('close', (number, reason) => resolve({ code: number, reason: reason.toString() })),
    )
    socket.on('error', () => {})
    return { socket, opened, refused, closed }
  }
  const speak = async (): Promise<Client<WorkbenchContract>> => {
    const { socket, opened } = open({ cookie, origin: origin() })
    await opened
    const connection = connect(socketChannel(socket))
    const rpc = client(connection, workbenchContract)
    connection.listen()
    return rpc
  }
  /** The desktop process is unmoved by what was refused. */
  const unharmed = async () => expect((await (await speak()).request('jobs.list', {})).jobs).toEqual([])

  it('serves the page to whoever came with the token, with a policy that allows no inline script and no stranger', async () => {
    const page = await get('/', { cookie })
    expect(page.body).toMatch(/Splitbench/)
    const policy = String(page.headers['content-security-policy'])
    expect(policy).toMatch(/default-src 'none'; script-src 'self';/)
    expect(policy).not.toMatch(/script-src[^;]*unsafe|http|\*/)
    expect(page.headers['x-content-type-options']).toBe('nosniff')
    expect((await get('/assets/index-1a2b.js', { cookie })).headers['content-type']).toMatch(/javascript/)
  })

  it('takes a token once, and makes a new one', async () => {
    const query = (url: string) => `/${new URL(url).search}`
    expect(addresses).toHaveLength(2)
    const again = await get(query(addresses[0]!))
    expect([again.status, code(again), again.headers['set-cookie']]).toEqual([403, 'access-refused', undefined])
    expect((await get(query(addresses[0]!), { cookie })).status).toBe(303)
    expect((await get(query(addresses[1]!))).status).toBe(303)
    expect(addresses).toHaveLength(3)
  })

  it.each(['/', '/assets/index-1a2b.js', '/reports/a%20run/report.html', '/?token=wrong', '/?token='])(
    'refuses %s without the cookie',
    async (path) => {
      const answer = await get(path)
      expect([answer.status, code(answer)]).toEqual([403, 'access-refused'])
      const wrong = await get(path, { cookie: `${cookie.split('=')[0]}=wrong` })
      expect(wrong.status).toBe(403)
    },
  )

  it('refuses a foreign Host (DNS rebinding) and a foreign Origin, cookie or not', async () => {
    for (const host of ['evil.example', `evil.example:${1234}`, 'localhost', '127.0.0.1:1']) {
      const answer = await get('/', { cookie, host })
      expect([answer.status, code(answer)]).toEqual([403, 'access-refused'])
    }
    for (const foreign of ['http://evil.example', 'null', `https://127.0.0.1:${host.port}`, 'http://127.0.0.1:1']) {
      const answer = await get('/', { cookie, origin: foreign })
      expect([answer.status, code(answer)]).toEqual([403, 'access-refused'])
    }
    const embedded = await get('/', { cookie, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })
    expect(embedded.status).toBe(403)
    expect((await get('/', { cookie, host: `localhost:${host.port}` })).status).toBe(200)
  })

  it.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/..%5csecret.txt',
    '/assets/%00',
    '/%ff',
    '/reports/../report.html',
    '/reports/..%2f..%2fsite/report.html',
    '/reports/%2e%2e/report.html',
    '/reports/out/report.html',
    '/reports/.running/report.html',
    '/reports/a%20run/comparison.json',
    '//etc/passwd',
    'http://evil.example/',
  ])('has no way out of its folders: %s', async (path) => {
    const answer = await get(path, { cookie })
    expect([403, 404]).toContain(answer.status)
    expect(['access-refused', 'unknown-name']).toContain(code(answer))
    expect(answer.body).not.toMatch(/"secret"|^secret/)
  })

  it('answers no method that changes anything, and reads no body', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      expect((await get('/', { cookie }, method)).status).toBe(403)
    }
    expect((await get('/', { cookie, 'content-length': '5' }, 'GET', 'hello')).status).toBe(403)
    expect((await get('/', { cookie: `${cookie}; x=${'y'.repeat(20_000)}` })).status).toBe(431)
  })

  it('serves reports without an origin', async () => {
    const report = await get(`/${reportPath('a run')}`, { cookie })
    expect(report.body).toMatch(/the report/)
    const policy = String(report.headers['content-security-policy'])
    expect(policy).toMatch(/^sandbox allow-scripts/)
    expect(policy).not.toMatch(/allow-same-origin/)
  })

  it('opens a socket only for its own page', async () => {
    const ours = { cookie, origin: origin() }
    expect(await open({ cookie }).refused).toEqual({ status: 403, code: 'access-refused' })
    expect(await open({ ...ours, origin: 'http://evil.example' }).refused).toMatchObject({ code: 'access-refused' })
    expect(await open({ origin: origin() }).refused).toMatchObject({ code: 'access-refused' })
    expect(await open({ ...ours, host: 'evil.example' }).refused).toMatchObject({ code: 'access-refused' })
    expect(await open(ours, '/other').refused).toMatchObject({ code: 'unknown-name' })
    await unharmed()
  })

  it('ends a conversation that is malformed or oversized, and no other', async () => {
    const talk = async (message: Uint8Array | string) => {
      const { socket, opened, closed } = open({ cookie, origin: origin() })
      await opened
      socket.send(message)
      return closed
    }
    expect((await talk('text')).reason).toMatch(/^protocol-violated/)
    expect((await talk(Buffer.from('no frame of ours'))).reason).toMatch(/^protocol-violated/)
    expect((await talk(encodeMessage({ kind: 'order', id: 1 }))).reason).toMatch(/^protocol-violated/)
    expect((await talk(Buffer.alloc(2 * 1024 * 1024))).code).toBe(1009)
    const long = encodeMessage({ kind: 'request', id: 1, method: 'runs.get', params: { run: 'x'.repeat(1_100_000) } })
    const { socket, opened, closed } = open({ cookie, origin: origin() })
    await opened
    for (let at = 0; at < long.length; at += 500_000) socket.send(long.subarray(at, at + 500_000))
    expect((await closed).reason).toMatch(/^protocol-violated/)
    await unharmed()
  })

  it('answers bad requests with coded errors', async () => {
    const rpc = await speak()
    const raw = rpc.request as (method: string, params: unknown) => Promise<unknown>
    await expect(raw('jobs.start', { request: {} })).rejects.toMatchObject({ code: 'protocol-violated' })
    await expect(raw('constructor', {})).rejects.toMatchObject({ code: 'protocol-violated' })
    for (const run of ['../..', '..', '', '.running', 'out', 'a/b', 'a\\b', 'x\0']) {
      await expect(rpc.request('runs.get', { run })).rejects.toMatchObject({ code: 'unknown-name' })
      await expect(rpc.request('runs.delete', { run })).rejects.toMatchObject({ code: 'unknown-name' })
    }
    await expect(rpc.request('runs.get', { run: 'a run' })).rejects.toMatchObject({ code: 'bad-data' })
    await unharmed()
  })
})
