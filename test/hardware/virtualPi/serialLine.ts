/**
 * A serial cable between a terminal of this computer and the console of a virtual Pi: it carries 8N1 at a real rate, can
 * be noisy, and can be pulled out and plugged in again.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { BitNoise } from './noise.ts'
import { PacedDirection } from './paced.ts'

/** Start bit, eight data bits, stop bit. */
const bitsPerByte = 10
/** As much as a UART driver takes before a writer has to wait. */
const bufferBytes = 4096
/** What is on its way to a port that nobody reads; a real one drops then too. */
const unreadBytes = 256 * 1024

export interface SerialLineOptions {
  baud: number
  /** Of bit flips; the same seed flips the same bits of the same bytes. */
  seed?: number
}

export interface SerialLine {
  /** Where the port is, as /dev/ttyUSB0 would be. */
  readonly path: string
  /** Bits per second of both directions; the port's own setting is not looked at. */
  baud: number
  /** Probability that a bit is flipped, in each direction unless said. Returns nothing; 0 ends it. */
  noise(rate: number, direction?: 'to-board' | 'from-board'): void
  /** Bits flipped so far. */
  flipped(): number
  /** Bytes that have passed so far. */
  carried(): { toBoard: number; fromBoard: number }
  /** Pulls the cable: the port goes away with what was on its way; the board notices nothing. */
  unplug(): Promise<void>
  /** Pulls it after so many more bytes to the board, in the middle of whatever that is. */
  unplugAfter(bytesToBoard: number): Promise<void>
  /** The port comes back, under the same path or another. */
  replug(path?: string): Promise<void>
  stop(): Promise<void>
}

/** `console`: the Unix socket of `pi.console()`. `tools`: the folder with socat and its libraries. */
export async function openSerialLine(console: string, tools: string, options: SerialLineOptions): Promise<SerialLine> {
  const folder = await mkdtemp(join(tmpdir(), 'splitbench-tty-'))
  const socket = join(folder, 'relay.sock')
  const carried = { toBoard: 0, fromBoard: 0 }
  const noise = { toBoard: new BitNoise(options.seed ?? 1), fromBoard: new BitNoise((options.seed ?? 1) + 1) }
  let { baud } = options
  let path = join(folder, 'ttyUSB0')
  let socat: ChildProcess | undefined
  let port: Socket | undefined
  let board: Socket | undefined
  let stopped = false
  let limit: { bytes: number; reached: () => void } | undefined

  const pace = () => ({ bytesPerSecond: baud / bitsPerByte, capacity: bufferBytes })
  const flow = (of: () => Socket | undefined) => ({
    pause: () => void of()?.pause(),
    resume: () => void of()?.resume(),
  })
  const toBoard = new PacedDirection(
    pace(),
    (bytes) => deliverToBoard(bytes),
    flow(() => port),
  )
  const fromBoard = new PacedDirection(
    pace(),
    (bytes) => {
      if (!port || port.writableLength > unreadBytes) return
      carried.fromBoard += bytes.length
      port.write(noise.fromBoard.apply(bytes))
    },
    flow(() => board),
  )

  function deliverToBoard(bytes: Buffer): void {
    const passing = limit ? bytes.subarray(0, limit.bytes) : bytes
    carried.toBoard += passing.length
    board?.write(noise.toBoard.apply(passing))
    if (!limit) return
    limit.bytes -= passing.length
    if (limit.bytes > 0) return
    limit.reached()
    limit = undefined
    void unplug()
  }

  /** A console ends with its login (another follows) or with its board (which may come back). */
  function joinBoard(): void {
    if (stopped) return
    const joined = connect(console)
    joined.on('data', (bytes) => fromBoard.push(bytes))
    joined.on('error', () => {})
    joined.on('close', () => {
      board = undefined
      setTimeout(joinBoard, 100).unref()
    })
    board = joined
  }

  // Only our own socat comes in here.
  const server = createServer((joined) => {
    port?.destroy()
    port = joined
    joined.on('error', () => {})
    joined.on('data', (bytes) => {
      if (port === joined) toBoard.push(bytes)
    })
  }).listen(socket)
  await once(server, 'listening')

  async function plug(at: string): Promise<void> {
    path = at
    const joined = once(server, 'connection')
    const child = spawn(
      join(tools, 'socat'),
      ['-b', '1024', `pty,rawer,echo=0,link=${at}`, `UNIX-CONNECT:${socket},sndbuf=${bufferBytes}`],
      { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, LD_LIBRARY_PATH: join(tools, 'lib') } },
    )
    socat = child
    let words = ''
    child.stderr!.on('data', (data: Buffer) => {
      words += data
    })
    const ended = once(child, 'exit').then(() => {
      throw new Error(`socat: ${words}`)
    })
    ended.catch(() => {})
    await Promise.race([joined, ended])
    while (!existsSync(at)) await sleep(5)
  }

  async function unplug(): Promise<void> {
    toBoard.clear()
    fromBoard.clear()
    port?.destroy()
    port = undefined
    const child = socat
    socat = undefined
    if (child && child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    }
    await rm(path, { force: true })
  }

  joinBoard()
  await plug(path)
  return {
    get path() {
      return path
    },
    get baud() {
      return baud
    },
    set baud(value) {
      baud = value
      for (const direction of [toBoard, fromBoard]) direction.pace = pace()
    },
    noise(rate, direction) {
      if (direction !== 'from-board') noise.toBoard.rate = rate
      if (direction !== 'to-board') noise.fromBoard.rate = rate
    },
    flipped: () => noise.toBoard.flipped + noise.fromBoard.flipped,
    carried: () => ({ ...carried }),
    unplug,
    unplugAfter: (bytes) =>
      new Promise((reached) => {
        limit = { bytes, reached }
      }),
    replug: (at = path) => plug(at),
    async stop() {
      stopped = true
      await unplug()
      board?.destroy()
      server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
