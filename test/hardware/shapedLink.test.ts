import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type ShapedLink, type ShapedLinkOptions, shapeTcp } from './virtualPi/shapedLink.ts'

const open: { link?: ShapedLink; server?: ReturnType<typeof createServer>; sockets: Socket[] } = { sockets: [] }

/** Something that says back what it hears, behind a link. */
async function echoBehind(options: Omit<ShapedLinkOptions, 'target'>): Promise<{ link: ShapedLink; socket: Socket }> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {})
    socket.pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const link = await shapeTcp({ ...options, target: (server.address() as { port: number }).port })
  const socket = connect(link.port, '127.0.0.1')
  await once(socket, 'connect')
  Object.assign(open, { link, server, sockets: [socket] })
  return { link, socket }
}

async function echoed(socket: Socket, bytes: Buffer): Promise<{ digest: string; ms: number }> {
  const began = performance.now()
  const hash = createHash('sha256')
  socket.end(bytes)
  for await (const chunk of socket) hash.update(chunk)
  return { digest: hash.digest('hex'), ms: performance.now() - began }
}

const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

afterEach(async () => {
  for (const socket of open.sockets) socket.destroy()
  await open.link?.stop()
  open.server?.close()
})

describe('a shaped link', () => {
  it('is no faster than its rate, later by its delay both ways, and changes nothing', async () => {
    const bytes = randomBytes(50_000)
    const { link, socket } = await echoBehind({ bitsPerS: 1e6, delayMs: 20 })
    const { digest, ms } = await echoed(socket, bytes)
    expect(digest).toBe(digestOf(bytes))
    expect(ms).toBeGreaterThan((bytes.length * 8) / 1e6 / 1e-3 + 2 * 20 - 5)
    expect(link.carried()).toBe(2 * bytes.length)
  })

  it('holds back what is behind a lost segment, and loses nothing for good', async () => {
    const bytes = randomBytes(30_000)
    const { socket } = await echoBehind({ bitsPerS: 100e6, lossRate: 0.2 })
    const { digest, ms } = await echoed(socket, bytes)
    expect(digest).toBe(digestOf(bytes))
    expect(ms).toBeGreaterThan(200)
  })

  it('can fade and come back, and be cut', async () => {
    const { link, socket } = await echoBehind({ bitsPerS: 10e6 })
    link.fade(true)
    socket.write('during')
    let heard = ''
    socket.on('data', (data) => {
      heard += data
    })
    socket.on('error', () => {})
    await new Promise((later) => setTimeout(later, 100))
    expect(heard).toBe('')
    link.fade(false)
    await once(socket, 'data')
    expect(heard).toBe('during')
    const closed = once(socket, 'close')
    link.cut()
    await closed
  })
})
