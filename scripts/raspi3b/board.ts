/** A whole Raspberry Pi 3 in QEMU: Debian's kernel, its console on a serial port and its network through USB at once. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Image } from './image.ts'

export interface Raspi3b {
  /** Of sshd on 127.0.0.1. */
  readonly port: number
  /** The pty that its console is on. */
  readonly serial: string
  readonly pid: number
  /** Resolves when it is gone. */
  readonly gone: Promise<void>
  stop(): Promise<void>
}

/**
 * Switches it on; it takes about ten seconds until it can be logged in to. It reaches no network but this computer's
 * connections to its sshd. `port` 0: a free one. Rejects with qemu's words where it does not start.
 */
export async function startRaspi3b(parts: string, image: Image, port = 0): Promise<Raspi3b> {
  const sshPort = port || (await freePort())
  const child = spawn(
    join(parts, 'qemu', 'qemu-system-aarch64'),
    [
      ...['-M', 'raspi3b', '-display', 'none', '-monitor', 'none', '-no-reboot', '-nodefaults'],
      ...['-kernel', join(parts, 'kernel'), '-dtb', join(parts, 'board.dtb'), '-initrd', image.path],
      // Linux has its console on the second port, the mini UART, as on a real one.
      ...['-serial', 'null', '-serial', 'pty'],
      ...['-netdev', `user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:${sshPort}-:22`, '-device', 'usb-net,netdev=net'],
      ...['-append', `console=ttyS1,115200 rdinit=/init quiet loglevel=3 board_time=${Math.floor(Date.now() / 1000)}`],
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, LD_LIBRARY_PATH: join(parts, 'qemu', 'lib') },
    },
  )
  let words = ''
  const said = new Promise<string>((resolve) => {
    const listen = (text: string): void => {
      words = (words + text).slice(-4000)
      const pty = /\/dev\/pts\/\d+/.exec(words)?.[0]
      if (pty) resolve(pty)
    }
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', listen)
  })
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', (error) => {
      words += error.message
      resolve()
    })
  })
  const serial = await Promise.race([said, gone.then(() => undefined)])
  if (serial === undefined) throw new Error(`QEMU did not start: ${words.trim()}`)
  return {
    port: sshPort,
    serial,
    pid: child.pid!,
    gone,
    async stop() {
      child.kill('SIGKILL')
      await gone
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
