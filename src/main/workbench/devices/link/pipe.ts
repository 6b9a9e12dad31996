import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { maxFrameBytes } from '#common/contract/cooperation.ts'
import type { Device } from '../device.ts'

/** A duplex stream of bytes, whoever carries it. */
export type Pipe = Pick<Duplex, 'destroy'> & {
  /** Bytes that were written and are not on their way yet. */
  backlog(): number
  write(bytes: Uint8Array): void
  onBytes(listener: (bytes: Uint8Array) => void): void
  onClose(listener: () => void): void
}

export function streamPipe(stream: Duplex): Pipe {
  if ('setNoDelay' in stream) (stream as Socket).setNoDelay(true)
  stream.on('error', () => {})
  return {
    write: (bytes) => void stream.write(bytes),
    onBytes: (listener) => void stream.on('data', listener),
    onClose: (listener) => void stream.on('close', listener),
    backlog: () => stream.writableLength,
    destroy: (error) => stream.destroy(error),
  }
}

/** A data link's bytes as messages of the contract. */
export function relayPipe({ cooperation }: Device, session: string): Pipe {
  let onClose: () => void = () => {}
  let stop: () => void = () => {}
  let underWay = 0
  const destroy = (): void => {
    stop()
    onClose()
  }
  return {
    write(bytes) {
      underWay += bytes.length
      void cooperation
        .sendData(session, bytes)
        .catch(destroy)
        .finally(() => {
          underWay -= bytes.length
        })
    },
    backlog: () => underWay,
    onBytes: (listener) => {
      stop = cooperation.onData(session, listener)
    },
    onClose: (listener) => {
      onClose = listener
    },
    destroy: destroy as Duplex['destroy'],
  }
}

/** One image is in flight: an end that has sent more than two of the largest frames breaks the rules. */
const mostBacklog = 2 * maxFrameBytes

/** What comes from one goes to the other, and the end of one is the end of both. */
export function joinPipes(a: Pipe, b: Pipe): void {
  const carry = (from: Pipe, to: Pipe): void =>
    from.onBytes((bytes) => {
      to.write(bytes)
      if (to.backlog() > mostBacklog) from.destroy()
    })
  carry(a, b)
  carry(b, a)
  a.onClose(() => b.destroy())
  b.onClose(() => a.destroy())
}
