import type { Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import type { ShapedWay } from '#common/latency/shaping.ts'
import { wayBack, wayThere } from '#common/latency/shaping.ts'
import { random } from '#common/random.ts'
import type { ShaperOrder, ShaperWord } from './shaperOrder.ts'

/**
 * A thread that carries connections with the rate, the delay and the loss of a link: paced sending, where the kernel
 * cannot do it. Its own thread, so that whoever computes or draws does not disturb the pace.
 */
const { link, target, seed, advanceMs } = workerData as ShaperOrder
const say = (word: ShaperWord): void => parentPort?.postMessage(word)

/** Node's timers are up to a millisecond late: they are set this much too early, and the rest is slept off exactly. */
const earlyMs = 1.5
const sleeper = new Int32Array(new SharedArrayBuffer(4))

/** Bytes that have come in and wait for their time; above it the source is paused. */
const maxQueued = 4 * 1024 * 1024

function carry(from: Socket, to: Socket, way: ShapedWay, earlier: number): void {
  const queue: { at: number; bytes: Buffer }[] = []
  let queued = 0
  let ended = false
  let timer: NodeJS.Timeout | undefined
  const release = (): void => {
    timer = undefined
    while (queue.length > 0) {
      const { at, bytes } = queue[0]!
      const wait = at - performance.now()
      if (wait > earlyMs) {
        timer = setTimeout(release, Math.max(0, wait - earlyMs))
        return
      }
      if (wait > 0) Atomics.wait(sleeper, 0, 0, wait)
      queue.shift()
      queued -= bytes.length
      if (!to.destroyed) to.write(bytes)
      if (queued <= maxQueued) from.resume()
    }
    if (ended) to.end()
  }
  from.on('data', (bytes: Buffer) => {
    const now = performance.now()
    queue.push({ at: Math.max(now, way.send(now - earlier, bytes.length)), bytes })
    queued += bytes.length
    if (queued > maxQueued) from.pause()
    if (timer === undefined) release()
  })
  from.on('end', () => {
    ended = true
    if (queue.length === 0) to.end()
  })
}

let connections = 0
const server = createServer((near) => {
  const far = connect({ host: '127.0.0.1', port: target })
  const key = connections++
  for (const socket of [near, far]) {
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('close', () => {
      near.destroy()
      far.destroy()
    })
  }
  carry(near, far, wayThere(link, random(seed, 'there', key)), advanceMs)
  carry(far, near, wayBack(link, random(seed, 'back', key)), 0)
})
server.on('error', ({ message }) => say({ error: message }))
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') say({ port: address.port })
})
