import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isIPv6 } from 'node:net'
import { WebSocketServer } from 'ws'
import type { CodedError, ErrorCode } from '#common/errors.ts'
import { CodedError as Coded, toErrorShape } from '#common/errors.ts'
import { maxRequestBytes, refuseUpgrade } from '../workbench/desktop/gate.ts'
import { socketChannel } from '../workbench/desktop/socketChannel.ts'
import type { Workbench } from '../workbench/desktop/workbench.ts'
import { pageHeaders } from '../workbench/site/headers.ts'
import type { Site } from '../workbench/site/site.ts'
import { checkCaller, hostsOf } from './callers.ts'
import { Session } from './session.ts'

/** An `import` of it would load Node's whole fetch for one of its names, a tenth of a start. */
const { createServer } = process.getBuiltinModule('node:http')

export interface WebHost {
  port: number
  close(): void
}

export interface WebHostOptions {
  address: string
  /** 0: any free one. */
  port: number
  site: Site
  workbench: Workbench
  /** Called with the address to open, at the start and whenever one has been used up. */
  onAddress(url: string): void
}

/** Door 2: the renderer and the contract for a browser, on one port. Throws the system's error where it cannot listen. */
export function startWebHost({ address, port, site, workbench, onAddress }: WebHostOptions): Promise<WebHost> {
  let hosts: ReadonlySet<string> = new Set()
  let session: Session
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxRequestBytes + 64, perMessageDeflate: false })
  const server = createServer({ maxHeaderSize: 16 * 1024, requestTimeout: 10_000 }, (request, response) => {
    void answer(request, response, hosts, session, site).catch((error) => refuse(request, response, error))
  })
  server.on('upgrade', (request, socket, head) => {
    try {
      checkCaller(request, hosts, 'required')
      if (request.url !== '/rpc') throw new Coded('unknown-name', 'There is no socket here.')
      if (!session.knows(request.headers.cookie)) throw notKnown()
    } catch (error) {
      const shape = error as CodedError
      return refuseUpgrade(socket, shape.code === 'access-refused' ? 403 : 400, shape)
    }
    sockets.handleUpgrade(request, socket, head, (joined) => {
      const channel = socketChannel(joined)
      workbench.attach(channel).catch((error) => channel.close(coded(error)))
    })
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, address, () => {
      const { port: actual } = server.address() as AddressInfo
      hosts = hostsOf(address, actual)
      const name = isIPv6(address) ? `[${address}]` : address
      session = new Session(actual, (token) => onAddress(`http://${name}:${actual}/?token=${token}`))
      resolve({
        port: actual,
        close() {
          for (const client of sockets.clients) client.close(1001)
          server.close()
          server.closeAllConnections()
        },
      })
    })
  })
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  hosts: ReadonlySet<string>,
  session: Session,
  site: Site,
): Promise<void> {
  checkCaller(request, hosts, 'if sent')
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    throw new Coded('access-refused', `${request.method} is not answered here.`)
  }
  if (request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0) {
    throw new Coded('access-refused', 'A request with a body is not answered here.')
  }
  const target = request.url ?? '/'
  const token = /^\/\?token=([\w-]+)$/.exec(target)?.[1]
  if (token !== undefined) {
    const cookie = session.redeem(token)
    if (cookie) {
      response
        .writeHead(303, { ...pageHeaders, Location: './', 'Set-Cookie': cookie, 'Cache-Control': 'no-store' })
        .end()
      return
    }
    // A reload of the address by the browser that has used it up: the cookie speaks for it.
    if (!session.knows(request.headers.cookie)) throw notKnown()
    response.writeHead(303, { ...pageHeaders, Location: './', 'Cache-Control': 'no-store' }).end()
    return
  }
  if (!session.knows(request.headers.cookie)) throw notKnown()
  const { body, headers } = await site.page(target)
  response.writeHead(200, { ...headers, 'Content-Length': body.length })
  response.end(request.method === 'HEAD' ? undefined : body)
}

const notKnown = (): CodedError =>
  new Coded(
    'access-refused',
    'This browser has not been let in: the address was used already, or Splitbench has been started anew.',
    'Open the address that Splitbench printed last.',
  )

const coded = (error: unknown): CodedError => {
  const { code, message, hint } = toErrorShape(error)
  return new Coded(code, message, hint)
}

const statuses: Partial<Record<ErrorCode, number>> = { 'access-refused': 403, 'unknown-name': 404, 'bad-data': 400 }

/** JSON for programs; a person who opened an old address reads the same in words. */
function refuse({ headers }: IncomingMessage, response: ServerResponse, error: unknown): void {
  const { code, message, hint } = toErrorShape(error)
  if (response.headersSent) {
    response.destroy()
    return
  }
  const forPeople = headers['sec-fetch-mode'] === 'navigate'
  const body = forPeople
    ? `Splitbench: ${message}\n${hint ?? ''}\n\n(${code})\n`
    : JSON.stringify({ error: { code, message, hint } })
  response.writeHead(statuses[code] ?? 500, {
    ...pageHeaders,
    'Content-Type': `${forPeople ? 'text/plain' : 'application/json'}; charset=utf-8`,
    'Cache-Control': 'no-store',
    // What a body may still be on its way is not read.
    Connection: 'close',
  })
  response.end(body)
}
