/**
 * Tells a dead connection from a slow one. A keepalive that counts unanswered pings kills a slow link, on which the ping
 * waits behind data; here any byte that arrives is a sign of life, and what is under way earns patience.
 */
export const pingEveryMs = 5000
const idleMs = 15_000
const busyMs = 60_000
/** Slower than this no link is expected to be: a full receiver's buffer is empty after a minute. */
const slowestBytesPerMs = 4

/** How long the other side may be silent, ms, when `underWay` bytes were sent since it was last heard. */
export const patienceMs = (underWay: number): number => Math.min(busyMs, idleMs + underWay / slowestBytesPerMs)

const lookEveryMs = 1000

export interface Liveness {
  /** Something arrived. */
  heard(): void
  stop(): void
}

/** `written`: bytes sent so far. `onDead` is called once, with the seconds of silence. */
export function watchLiveness(written: () => number, onDead: (silentS: number) => void): Liveness {
  let last = performance.now()
  let sent = written()
  let looked = last
  const timer = setInterval(() => {
    const now = performance.now()
    // This computer slept, or the process was stopped: nobody else was silent.
    if (now - looked > 3 * lookEveryMs) last = now
    looked = now
    if (now - last <= patienceMs(written() - sent)) return
    clearInterval(timer)
    onDead(Math.round((now - last) / 1000))
  }, lookEveryMs)
  timer.unref()
  return {
    heard() {
      last = performance.now()
      sent = written()
    },
    stop: () => clearInterval(timer),
  }
}
