import { randomBytes, randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import type { Link } from '#common/contract/config.ts'
import type { Dial } from '#common/contract/cooperation.ts'
import { tokenBytes } from '#common/contract/cooperation.ts'
import type { LinkWay } from '#common/contract/linkWay.ts'
import type { Split } from '#common/contract/split.ts'
import type { LinkKey } from '../cooperation.ts'
import type { Device } from '../device.ts'
import { joinPipes, type Pipe, relayPipe, streamPipe } from './pipe.ts'
import { startShaper } from './shaper.ts'

/** The tail that a server answers with; null: it echoes, for measuring the link. */
export type ServedTail = { model: string; split: Split; threads: number } | null

export interface DataLink extends LinkKey {
  /** How the device reaches it. */
  dial: Dial
  way: LinkWay
  /** Ends it at both ends; returns why the server ended it before, if it did. */
  close(): Promise<string | null>
}

export interface DataLinkOrder {
  device: Device
  server: Device
  tail: ServedTail
  /** What the bytes are paced to; null: the link as it is. */
  shape: Link | null
  /** Of `calibrate`. */
  advanceMs?: number
  /** Of what gets lost. */
  seed?: number
}

/** Both ends on this computer: they reach each other's loopback ports. */
const isHere = ({ info }: Device): boolean => info.kind === 'local' || info.kind === 'simulated'

/** What carries the bytes between two devices. */
export function wayBetween(device: Device, server: Device): LinkWay {
  const ways = [device, server].map((one): LinkWay => {
    if (isHere(one)) return 'tcp'
    if (one.forwarding) return 'ssh'
    return one.info.kind === 'serial' ? 'serial line' : 'relay'
  })
  return (['relay', 'serial line', 'ssh', 'tcp'] as const).find((way) => ways.includes(way))!
}

/**
 * Opens a data link from the device to the server: straight over loopback where both are on this computer, through the
 * SSH connections where there are some, else through the connections that the agents are spoken to over. With `shape`
 * the bytes are paced on their way. Everything it started ends with `close`, and with a failure in between.
 */
export async function openDataLink(
  { device, server, tail, shape, advanceMs = 0, seed = 1 }: DataLinkOrder,
  signal: AbortSignal,
): Promise<DataLink> {
  const session = randomUUID()
  const token = new Uint8Array(randomBytes(tokenBytes))
  const ends: (() => unknown)[] = []
  const close = async (): Promise<string | null> => {
    for (const end of ends.reverse()) await end()
    return server.cooperation.endTail(session)
  }
  try {
    const direct = isHere(server) || server.forwarding !== undefined
    const far = await server.cooperation.serveTail({ session, token }, tail, direct ? 'tcp' : 'relay', signal)
    let port = isHere(server) ? far! : await bridge(() => toServer(server, session, far), ends)
    if (shape) {
      const shaper = await startShaper(shape, port, { seed, advanceMs })
      ends.push(() => shaper.close())
      port = shaper.port
    }
    const dial = await dialFrom(device, session, port, ends)
    return { session, token, dial, way: wayBetween(device, server), close }
  } catch (error) {
    await close()
    throw error
  }
}

const toServer = async (server: Device, session: string, port: number | null): Promise<Pipe> =>
  port !== null && server.forwarding ? streamPipe(await server.forwarding.forwardOut(port)) : relayPipe(server, session)

/** A loopback port here whose connections lead to what `open` gives. */
async function bridge(open: () => Promise<Pipe>, ends: (() => unknown)[]): Promise<number> {
  const sockets = new Set<Socket>()
  const listener = createServer({ pauseOnConnect: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    void open().then(
      (pipe) => {
        joinPipes(streamPipe(socket), pipe)
        socket.resume()
      },
      () => socket.destroy(),
    )
  })
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject)
    listener.listen(0, '127.0.0.1', resolve)
  })
  ends.push(() => {
    listener.close()
    for (const socket of sockets) socket.destroy()
  })
  return (listener.address() as { port: number }).port
}

/** Makes the port here reachable for the device. */
async function dialFrom(device: Device, session: string, port: number, ends: (() => unknown)[]): Promise<Dial> {
  if (isHere(device)) return { way: 'tcp', port }
  const open = (): Pipe => {
    const socket = connect({ host: '127.0.0.1', port })
    ends.push(() => socket.destroy())
    return streamPipe(socket)
  }
  if (device.forwarding) {
    const forwarded = await device.forwarding.forwardIn((stream) => joinPipes(streamPipe(stream), open()))
    ends.push(() => forwarded.close())
    return { way: 'tcp', port: forwarded.port }
  }
  const pipe = relayPipe(device, session)
  joinPipes(pipe, open())
  ends.push(() => pipe.destroy())
  return { way: 'relay' }
}
