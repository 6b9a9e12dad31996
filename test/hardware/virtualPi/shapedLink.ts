/** A slow link in front of a TCP port, without rights and without kernel traffic control: paced bytes, late delivery. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { random } from '#common/random.ts'
import { PacedDirection } from './paced.ts'

const segmentBytes = 1460
/** TCP's smallest retransmission time-out in Linux: what a lost segment costs those behind it. */
const retransmissionMs = 200
const bufferBytes = 32 * 1024

export interface ShapedLinkOptions {
  /** Port on 127.0.0.1. */
  target: number
  bitsPerS: number
  /** One way. */
  delayMs?: number
  /** Probability that a segment is lost: it comes again later, and all behind it waits. */
  lossRate?: number
  seed?: number
}

export interface ShapedLink {
  /** On 127.0.0.1. */
  readonly port: number
  bitsPerS: number
  /** Bytes that have left, both ways together. */
  carried(): number
  /** Breaks every connection; new ones are taken. */
  cut(): void
  /** Nothing goes through any more, and nobody is told, as when a radio link fades. */
  fade(on: boolean): void
  stop(): Promise<void>
}

export async function shapeTcp(options: ShapedLinkOptions): Promise<ShapedLink> {
  const { target, delayMs = 0, lossRate = 0, seed = 1 } = options
  const dice = random(seed, 'segment loss')
  const sockets = new Set<Socket>()
  const directions = new Set<PacedDirection>()
  let { bitsPerS } = options
  let carried = 0
  let faded = false

  const pace = () => ({ bytesPerSecond: faded ? 0 : bitsPerS / 8, capacity: bufferBytes })

  function direction(from: Socket, to: Socket): void {
    let lastAt = 0
    const underWay: (() => void)[] = []
    /** In order, each not before the one ahead of it; timers that end in the same millisecond come in any order. */
    const later = (extraMs: number, then: () => void) => {
      lastAt = Math.max(lastAt, performance.now() + delayMs + extraMs)
      underWay.push(then)
      setTimeout(() => underWay.shift()!(), Math.max(0, lastAt - performance.now()))
    }
    const paced = new PacedDirection(
      pace(),
      (bytes) => {
        carried += bytes.length
        const segments = Math.ceil(bytes.length / segmentBytes)
        const lost = Array.from({ length: segments }, () => dice.next() < lossRate).filter(Boolean).length
        later(lost * retransmissionMs, () => to.writable && to.write(bytes))
      },
      from,
    )
    directions.add(paced)
    from.setNoDelay(true)
    from.on('data', (bytes) => paced.push(bytes))
    from.on('end', () => paced.whenEmpty(() => later(0, () => to.end())))
    from.on('error', () => to.destroy())
    from.on('close', () => {
      paced.whenEmpty(() => later(0, () => to.destroy()))
      directions.delete(paced)
      sockets.delete(from)
    })
  }

  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true })
    for (const socket of [near, far]) sockets.add(socket)
    direction(near, far)
    direction(far, near)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  const change = () => {
    for (const paced of directions) paced.pace = pace()
  }
  const cut = () => {
    for (const paced of directions) paced.clear()
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: (server.address() as { port: number }).port,
    get bitsPerS() {
      return bitsPerS
    },
    set bitsPerS(value) {
      bitsPerS = value
      change()
    },
    carried: () => carried,
    cut,
    fade(on) {
      faded = on
      change()
    },
    async stop() {
      server.close()
      cut()
    },
  }
}
