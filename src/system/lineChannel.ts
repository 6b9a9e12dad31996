import { randomInt } from 'node:crypto'
import type { ByteChannel } from '#common/contract/channel.ts'
import type { LineEnd } from '#common/wire/line/machine.ts'
import { LineMachine } from '#common/wire/line/machine.ts'

/** Bytes to and from a serial line (or any duplex), without any promise that they arrive. */
export interface RawLine {
  onBytes(listener: (bytes: Uint8Array) => void): void
  /** Resolves when the system has taken the bytes. What cannot be written is lost: nobody is told. */
  write(bytes: Uint8Array): Promise<void>
  /** The line is gone for good. */
  onClose(listener: () => void): void
  /** The line was unplugged, and is back: between the two nothing is sent. */
  onCut?(listener: () => void): void
  onBack?(listener: () => void): void
}

export interface LineChannelOptions {
  role: 'caller' | 'answerer'
  bytesPerSecond?: number
  /** So many seconds without a valid frame end the conversation. */
  silenceS?: number
  /** What came over the line and was no frame. */
  onStray?(bytes: Uint8Array): void
}

export interface LineChannel extends ByteChannel {
  /** Resolves when the other end has answered, or when there will be no answer (see `end`). */
  readonly opened: Promise<void>
  /** Why the conversation is over; undefined while it is not. 'closed' also where the line itself went away. */
  end(): LineEnd | undefined
  /** Says goodbye; resolves within a second. The line itself stays open: it belongs to whoever made it. */
  close(): Promise<void>
}

/** Frames that are handed to the system together: enough that writing costs little, few enough that an ack need not wait. */
const batchBytes = 2048
const defaultSilenceS = 120
/** A timer is not set for a shorter time, and while the system takes no more bytes not for one shorter than `busyMs`. */
const shortestMs = 1
const busyMs = 20

/** A reliable `ByteChannel` over a line that is not. */
export function lineChannel(line: RawLine, options: LineChannelOptions): LineChannel {
  const { role, bytesPerSecond, silenceS = defaultSilenceS, onStray } = options
  const byteListeners = new Set<(bytes: Uint8Array) => void>()
  const closeListeners = new Set<() => void>()
  /** What came before anybody listened. */
  let early: Uint8Array[] | undefined = []
  let waiting: (() => void)[] = []
  let end: LineEnd | undefined
  let writing = false
  let cut = false
  let timer: NodeJS.Timeout | undefined
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })

  const finish = (why: LineEnd): void => {
    if (end) return
    end = why
    clearTimeout(timer)
    open()
    release()
    for (const listener of closeListeners) listener()
    closeListeners.clear()
  }
  const machine = new LineMachine(
    {
      role,
      id: randomInt(1, 2 ** 32),
      bytesPerSecond,
      silenceS,
      onBytes(bytes) {
        if (early) early.push(bytes)
        else for (const listener of byteListeners) listener(bytes)
      },
      onStray,
      onOpen: open,
      onEnd: finish,
    },
    performance.now(),
  )

  function release(): void {
    const ready = waiting
    waiting = []
    for (const resolve of ready) resolve()
  }

  function pump(): void {
    if (writing || cut || end) {
      arm()
      return
    }
    const now = performance.now()
    const frames: Uint8Array[] = []
    for (let bytes = 0; bytes < batchBytes; bytes += frames.at(-1)!.length) {
      const frame = machine.next(now)
      if (!frame) break
      frames.push(frame)
      if (machine.leaving) break
    }
    if (!machine.full) release()
    if (frames.length > 0) {
      writing = true
      void line
        .write(frames.length === 1 ? frames[0]! : Buffer.concat(frames))
        .catch(() => {})
        .then(() => {
          writing = false
          pump()
        })
    }
    arm()
  }

  function arm(): void {
    clearTimeout(timer)
    if (end || cut) return
    const { wakeAt } = machine
    if (wakeAt === undefined) return
    const delay = Math.max(writing ? busyMs : shortestMs, wakeAt - performance.now())
    timer = setTimeout(() => {
      machine.wake(performance.now())
      pump()
    }, delay)
  }

  line.onBytes((bytes) => {
    if (end) {
      onStray?.(bytes)
      return
    }
    machine.receive(bytes, performance.now())
    pump()
  })
  line.onCut?.(() => {
    cut = true
    clearTimeout(timer)
  })
  line.onBack?.(() => {
    cut = false
    machine.resume(performance.now())
    pump()
  })
  line.onClose(() => finish('closed'))
  pump()

  return {
    opened,
    end: () => end,
    onBytes(listener) {
      byteListeners.add(listener)
      const ready = early ?? []
      early = undefined
      for (const bytes of ready) listener(bytes)
    },
    onClose(listener) {
      if (end) listener()
      else closeListeners.add(listener)
    },
    async send(bytes) {
      if (end) throw new Error('The channel is closed.')
      machine.write(bytes)
      pump()
      while (machine.full && !end) await new Promise<void>((resolve) => waiting.push(resolve))
      if (end) throw new Error('The channel is closed.')
    },
    async close() {
      if (end) return
      const over = new Promise<void>((resolve) => closeListeners.add(resolve))
      // Over a line that is unplugged nobody hears a goodbye.
      if (cut) finish('closed')
      else {
        machine.close(performance.now())
        pump()
      }
      await over
    },
  }
}
