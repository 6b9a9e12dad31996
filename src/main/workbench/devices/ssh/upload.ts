import { open } from 'node:fs/promises'
import type { SFTPWrapper } from 'ssh2'
import { CodedError } from '#common/errors.ts'
import type { UploadOptions } from '../boardShell.ts'
import { printable } from '../printable.ts'
import { cancelled } from './connectionErrors.ts'
import { orCancelled } from './orCancelled.ts'

/** What every SFTP server takes at once. */
const chunkBytes = 32 * 1024
/** Under way at once: 2 MiB, so that 100 Mbit/s stay full over 160 ms of round trip. */
const maxUnderWay = 64
/** Read from the local file at once. */
const blockBytes = 32 * chunkBytes

export interface RemoteStat {
  size: number
  isFolder: boolean
}

/** Files on a board, over SFTP. */
export class RemoteFiles {
  private readonly sftp: SFTPWrapper
  private readonly name: string
  private readonly freeBytes: (path: string) => Promise<number | undefined>

  /** `freeBytes`: what the board says is free where `path` lies; asked when a write fails without a reason. */
  constructor(sftp: SFTPWrapper, name: string, freeBytes: (path: string) => Promise<number | undefined>) {
    this.sftp = sftp
    this.name = name
    this.freeBytes = freeBytes
  }

  /** Undefined where there is nothing at that path. */
  async stat(path: string): Promise<RemoteStat | undefined> {
    return new Promise((resolve, reject) => {
      this.sftp.stat(path, (error, stats) => {
        if (!error) resolve({ size: stats.size, isFolder: stats.isDirectory() })
        else if ((error as { code?: number }).code === noSuchFile) resolve(undefined)
        else this.failure(path, error).then(reject)
      })
    })
  }

  /** Replaces what is at `to`, in one step where the board's server can (OpenSSH's can). */
  async rename(from: string, to: string): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.sftp.ext_openssh_rename(from, to, (error) => (error ? reject(error) : resolve()))
      })
    } catch (error) {
      throw await this.failure(to, error as Error)
    }
  }

  /**
   * Writes the local file's bytes from `offset` on. What is there after a broken connection is what arrived, from 0
   * without gaps: servers work in order. (After a full disk there may be gaps; only the hash of the whole tells.)
   */
  async upload(local: string, remote: string, { offset, onProgress, signal }: UploadOptions): Promise<void> {
    if (signal.aborted) throw cancelled()
    const source = await open(local, 'r')
    try {
      const { size } = await source.stat()
      if (offset > size)
        throw new CodedError('bad-data', `${local} has ${size} bytes, but ${offset} are there already.`)
      const handle = await orCancelled(this.openForWriting(remote, offset), signal)
      let closed = Promise.resolve()
      try {
        await this.send(source, handle, { remote, size, offset, onProgress, signal })
      } finally {
        // After a failure its answer stands behind all that is under way: nobody waits for it.
        closed = this.closeHandle(handle)
      }
      await orCancelled(closed, signal)
    } finally {
      await source.close()
    }
  }

  private async openForWriting(remote: string, offset: number): Promise<Buffer> {
    try {
      return await new Promise<Buffer>((resolve, reject) => {
        this.sftp.open(remote, offset > 0 ? 'r+' : 'w', (error, handle) => (error ? reject(error) : resolve(handle)))
      })
    } catch (error) {
      throw await this.failure(remote, error as Error)
    }
  }

  private closeHandle(handle: Buffer): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.sftp.off('close', done)
        resolve()
      }
      // Where the connection is gone nobody answers.
      this.sftp.once('close', done)
      try {
        this.sftp.close(handle, done)
      } catch {
        done()
      }
    })
  }

  private async send(
    source: Awaited<ReturnType<typeof open>>,
    handle: Buffer,
    { remote, size, offset, onProgress, signal }: UploadOptions & { remote: string; size: number },
  ): Promise<void> {
    let failure: Error | undefined
    let underWay = 0
    let done = offset
    let wake = (): void => {}
    const fail = (error: Error): void => {
      failure ??= error
      wake()
    }
    const onAbort = (): void => fail(cancelled())
    const onClose = (): void => fail(new Error(connectionGone))
    signal.addEventListener('abort', onAbort, { once: true })
    this.sftp.once('close', onClose)
    const change = (): Promise<void> =>
      new Promise((resolve) => {
        wake = resolve
      })
    const write = (chunk: Buffer, position: number): void => {
      underWay += 1
      this.sftp.write(handle, chunk, 0, chunk.length, position, (error) => {
        underWay -= 1
        if (error) fail(error)
        else if (!failure) {
          done += chunk.length
          onProgress(done)
        }
        wake()
      })
    }
    try {
      for (let position = offset; position < size && !failure; ) {
        const block = Buffer.allocUnsafe(Math.min(blockBytes, size - position))
        const { bytesRead } = await source.read(block, 0, block.length, position)
        if (bytesRead === 0) throw new CodedError('bad-data', `${remote}: the local file became shorter meanwhile.`)
        for (let at = 0; at < bytesRead && !failure; at += chunkBytes) {
          while (underWay >= maxUnderWay && !failure) await change()
          if (!failure) write(block.subarray(at, Math.min(at + chunkBytes, bytesRead)), position + at)
        }
        position += bytesRead
      }
      while (underWay > 0 && !failure) await change()
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.sftp.off('close', onClose)
    }
    if (failure) throw failure instanceof CodedError ? failure : await this.failure(remote, failure)
  }

  private async failure(path: string, error: Error): Promise<CodedError> {
    const { code } = error as Error & { code?: number }
    const where = `${this.name}: ${printable(path, 120)}`
    if (code === noSuchFile) return new CodedError('device-failed', `${where}: there is no such file or folder.`)
    if (code === permissionDenied) {
      return new CodedError('device-failed', `${where}: permission denied.`, 'Use the account that owns the folder.')
    }
    if (code === plainFailure) {
      // SFTP has no word for a full disk.
      const free = await this.freeBytes(path).catch(() => undefined)
      if (free !== undefined && free < 2 * maxUnderWay * chunkBytes) {
        return new CodedError(
          'disk-full',
          `${where}: the board's disk is full (${(free / 1e6).toFixed(1)} MB free).`,
          'Free some space on the board, then run the same command again: it goes on where it stopped.',
        )
      }
    }
    return new CodedError(
      'device-failed',
      `${where}: writing failed (${printable(error.message, 120)}).`,
      'Run the same command again: it goes on where it stopped.',
    )
  }
}

const connectionGone = 'the connection was lost'
// SSH_FXP_STATUS, draft-ietf-secsh-filexfer-02 §7.
const noSuchFile = 2
const permissionDenied = 3
const plainFailure = 4
