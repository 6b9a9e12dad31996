import { spawn } from 'node:child_process'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CodedError } from '#common/errors.ts'
import type { BoardShell, CommandOutcome } from '../../src/main/workbench/devices/boardShell.ts'
import { type WatchedChannel, watchChild } from '../../src/system/watchedChild.ts'

export interface LocalBoard extends BoardShell {
  readonly home: string
  upload: NonNullable<BoardShell['upload']>
  start(command: string): Promise<WatchedChannel>
  /** Before the next command runs. */
  beforeExec: ((command: string) => Promise<void>) | undefined
  /** The next upload breaks when so many bytes of the file are there; undefined: none does. */
  breakAt: number | undefined
  /** Bytes that uploads have brought. */
  uploaded: number
  /** Programs of ours that stand before the system's, by name: shell scripts. */
  readonly programs: string
  remove(): Promise<void>
}

/**
 * This computer's own sh as a board's shell, with a home folder of its own: everything that sets a board up runs for real,
 * without SSH and emulation between.
 */
export async function localBoard(options: { home?: string; kind?: 'ssh' | 'serial'; lineBytesPerS?: number } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'splitbench-board-'))
  const home = options.home ?? join(folder, 'home')
  const programs = join(folder, 'bin')
  await Promise.all([mkdir(home, { recursive: true }), mkdir(programs)])
  const env = { PATH: `${programs}:${process.env.PATH}`, HOME: home }

  const board: LocalBoard = {
    name: 'board',
    kind: options.kind ?? 'ssh',
    ...(options.lineBytesPerS === undefined ? {} : { lineBytesPerS: options.lineBytesPerS }),
    home,
    programs,
    beforeExec: undefined,
    breakAt: undefined,
    uploaded: 0,
    async exec(command, { signal } = {}) {
      await board.beforeExec?.(command)
      if (signal?.aborted) throw new CodedError('cancelled', 'Cancelled.')
      const child = spawn('sh', ['-c', command], { env, cwd: home, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
      // As over SSH: what is cancelled is killed there, with all that it started.
      const kill = (): void => void process.kill(-child.pid!, 'SIGKILL')
      signal?.addEventListener('abort', kill, { once: true })
      const outcome = await new Promise<CommandOutcome>((resolve) => {
        let [stdout, stderr] = ['', '']
        child.stdout.on('data', (text) => {
          stdout += text
        })
        child.stderr.on('data', (text) => {
          stderr += text
        })
        child.on('close', (code, by) => resolve({ code, signal: by, stdout, stderr }))
      })
      signal?.removeEventListener('abort', kill)
      if (signal?.aborted) throw new CodedError('cancelled', 'Cancelled.')
      return outcome
    },
    async upload(local, remote, { offset, onProgress, signal }) {
      const end = board.breakAt
      board.breakAt = undefined
      let done = offset
      const source = createReadStream(local, { start: offset, highWaterMark: 16 * 1024 })
      async function* bytes(): AsyncGenerator<Buffer> {
        for await (const chunk of source as AsyncIterable<Buffer>) {
          if (signal.aborted) return
          const rest = end === undefined ? chunk : chunk.subarray(0, end - done)
          done += rest.length
          board.uploaded += rest.length
          yield rest
          onProgress(done)
          if (done === end) return
        }
      }
      const target = createWriteStream(join(home, remote), { flags: offset > 0 ? 'r+' : 'w', start: offset })
      await pipeline(Readable.from(bytes()), target).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOSPC') throw new CodedError('disk-full', "board: the board's disk is full.")
        throw error
      })
      if (signal.aborted) throw new CodedError('cancelled', 'Cancelled.')
      if (end !== undefined) throw new CodedError('device-failed', 'board: the connection was lost.')
    },
    start: async (command) => watchChild(spawn('sh', ['-c', command], { env, stdio: ['pipe', 'pipe', 'pipe'] })),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
  return board
}
