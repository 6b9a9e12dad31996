import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { deathOf } from '../../src/main/workbench/devices/death.ts'
import { describeWith } from '../support/requires.ts'
import { never, useBoards } from './boardsOverSsh.ts'
import { shapeTcp } from './virtualPi/shapedLink.ts'
import type { VirtualPi } from './virtualPi/virtualPi.ts'

const bench = useBoards()
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const closed = (channel: { onClose(listener: () => void): void }): Promise<void> =>
  new Promise((resolve) => channel.onClose(resolve))
/** Command lines of what runs there, the asking shell apart. */
const running = async (pi: VirtualPi, word: string): Promise<number> =>
  Number((await pi.exec(`pgrep -fc '[${word[0]}]${word.slice(1)}' || true`, { user: 'pi' })).stdout)

async function file(bytes: Uint8Array): Promise<string> {
  const path = join(bench.home, 'local')
  await writeFile(path, bytes)
  return path
}

describeWith('sshd', 'a command on a board', () => {
  it('gives its output, its errors and how it ended, whatever the shell says first', async () => {
    const pi = await bench.pi()
    await writeFile(join(pi.home, '.bashrc'), 'echo "Welcome to this board!"; printf "%s" no-newline\n')
    const board = await bench.board(pi)
    expect(await board.exec(`echo "it's"; printf 'a\\0b'; echo wrong >&2; exit 7`)).toEqual({
      code: 7,
      signal: null,
      stdout: "it's\na\0b",
      stderr: 'wrong\n',
    })
    expect(await board.exec('kill -SEGV $$')).toMatchObject({ code: null, signal: 'SIGSEGV' })
    expect(await board.exec('if then')).toMatchObject({ code: 2, stderr: expect.stringMatching(/yntax error/) })
    // Its input is closed: what reads it ends.
    expect(await board.exec('cat; echo end')).toMatchObject({ code: 0, stdout: 'end\n' })
  })

  it('is ended when it talks without end, takes too long, or is cancelled', async () => {
    const pi = await bench.pi()
    const board = await bench.board(pi)
    await expect(board.exec('yes')).rejects.toMatchObject({
      code: 'device-failed',
      message: expect.stringMatching(/does not stop talking/),
    })
    await expect(board.exec('sleep 4321 & sleep 4321', { timeoutMs: 500 })).rejects.toMatchObject({
      code: 'device-failed',
    })
    const abort = new AbortController()
    const asleep = board.exec('trap "" TERM INT HUP; sleep 4321', { signal: abort.signal })
    setTimeout(() => abort.abort(), 500)
    await expect(asleep).rejects.toMatchObject({ code: 'cancelled' })
    expect(await running(pi, 'sleep 4321')).toBe(0)
    expect(await running(pi, 'yes')).toBe(0)
    expect((await board.exec('echo still here')).stdout).toBe('still here\n')
  })

  it('of root is ended too, which sshd itself does not do', async () => {
    const pi = await bench.pi()
    if (!pi.users.includes('root')) return
    await bench.config(`Host *\n  IdentityFile ${pi.keyFile}\n`)
    const board = await bench.open(`ssh://root@127.0.0.1:${pi.port}`, { acceptNewHostKey: true })
    await expect(board.exec('sleep 4321', { timeoutMs: 500 })).rejects.toMatchObject({ code: 'device-failed' })
    expect(Number((await pi.exec('pgrep -fc "[s]leep 4321" || true', { user: 'root' })).stdout)).toBe(0)
  })
})

describeWith('sshd', "a program's channel", () => {
  it('carries bytes both ways unchanged, and ends the program when it is closed', async () => {
    const pi = await bench.pi()
    const board = await bench.board(pi)
    const channel = await board.start('cat; echo bye >&2; exit 3')
    const sent = randomBytes(3_000_000)
    const got: Uint8Array[] = []
    let bytes = 0
    const all = new Promise<void>((resolve) => {
      channel.onBytes((chunk) => {
        got.push(chunk)
        bytes += chunk.length
        if (bytes === sent.length) resolve()
      })
    })
    await channel.send(sent)
    await all
    expect(sha256(Buffer.concat(got))).toBe(sha256(sent))
    await channel.close()
    expect(channel.exit()).toEqual({ code: 3, signal: null })
    expect(channel.stderrTail()).toBe('bye\n')
    await expect(channel.send(sent)).rejects.toThrow()
  })

  it('leaves nothing on the board: a deaf program and what it started are killed', async () => {
    const pi = await bench.pi()
    const board = await bench.board(pi)
    const channel = await board.start('trap "" TERM HUP PIPE; sleep 4321 & sleep 4321')
    expect(await running(pi, 'sleep 4321')).toBeGreaterThan(0)
    await channel.close()
    expect(channel.exit()).toEqual({ code: null, signal: 'SIGKILL' })
    expect(await running(pi, 'sleep 4321')).toBe(0)
    const another = await board.start('sleep 4321')
    another.kill()
    await closed(another)
    expect(await running(pi, 'sleep 4321')).toBe(0)
  })

  it('tells of a program that ends itself, and of a shell that runs none', async () => {
    const pi = await bench.pi()
    const board = await bench.board(pi)
    const illegal = await board.start('exit 132')
    await closed(illegal)
    expect(deathOf('pi', illegal)).toMatchObject({ code: 'device-unsupported' })
    await writeFile(join(pi.home, '.bashrc'), 'echo This account is closed >&2; exit 1\n')
    await expect(board.start('cat')).rejects.toMatchObject({
      code: 'device-failed',
      message: expect.stringMatching(/runs no commands.*This account is closed/),
    })
  })

  it('tells why the connection broke', async () => {
    const pi = await bench.pi()
    const board = await bench.board(pi)
    const channel = await board.start('cat')
    let reason: Error | undefined
    board.onClose((error) => {
      reason = error
    })
    await pi.stopSshd()
    await closed(channel)
    expect(deathOf('board', channel)).toMatchObject({
      code: 'device-failed',
      message: expect.stringMatching(/^Device pi@.*: the connection was lost \(.+\)\.$/),
    })
    expect(reason).toMatchObject({ code: 'device-failed' })
    await expect(board.exec('true')).rejects.toMatchObject({ code: 'device-failed' })
    await expect(board.start('true')).rejects.toMatchObject({ code: 'device-failed' })
    await expect(board.stat('x')).rejects.toMatchObject({ code: 'device-failed' })
    await expect(board.forwarding.forwardIn(() => {})).rejects.toMatchObject({ code: 'device-failed' })
    await board.close()
  })
})

describeWith('sshd', 'an upload', () => {
  it('arrives whole, says how far it is, and goes on where it was', async () => {
    const pi = await bench.pi()
    const board = await bench.board(pi)
    const bytes = randomBytes(5_000_001)
    const local = await file(bytes)
    const seen: number[] = []
    await board.upload(local, 'sent', { offset: 0, signal: never, onProgress: (done) => seen.push(done) })
    expect(sha256(await readFile(join(pi.home, 'sent')))).toBe(sha256(bytes))
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    expect(seen.at(-1)).toBe(bytes.length)
    expect(await board.stat('sent')).toEqual({ size: bytes.length, isFolder: false })
    expect(await board.stat('nothing/there')).toBeUndefined()

    await board.exec('head -c 3333333 sent > part')
    await board.upload(local, 'part', { offset: 3_333_333, signal: never, onProgress: () => {} })
    expect(sha256(await readFile(join(pi.home, 'part')))).toBe(sha256(bytes))
    await board.rename('part', 'sent')
    expect(await board.stat('part')).toBeUndefined()
    await board.upload(await file(Buffer.alloc(0)), 'empty', { offset: 0, signal: never, onProgress: () => {} })
    expect(await board.stat('empty')).toMatchObject({ size: 0 })
  })

  it('that is cut or cancelled leaves the beginning of the file, from which it can go on', async () => {
    const pi = await bench.pi()
    const link = await shapeTcp({ target: pi.port, bitsPerS: 20e6 })
    try {
      const bytes = randomBytes(3_000_000)
      const local = await file(bytes)
      const board = await bench.board(pi, link.port)
      const cut = board.upload(local, 'cut', {
        offset: 0,
        signal: never,
        onProgress: (done) => done > 1_000_000 && link.cut(),
      })
      await expect(cut).rejects.toMatchObject({ code: 'device-failed' })

      const again = await bench.board(pi, link.port)
      const abort = new AbortController()
      const cancelled = again.upload(local, 'cancelled', {
        offset: 0,
        signal: abort.signal,
        onProgress: (done) => done > 1_000_000 && abort.abort(),
      })
      await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' })
      link.bitsPerS = 1e9
      for (const name of ['cut', 'cancelled']) {
        const there = await readFile(join(pi.home, name))
        expect(there.length).toBeGreaterThan(1_000_000)
        expect(there.equals(bytes.subarray(0, there.length))).toBe(true)
        await again.upload(local, name, { offset: there.length, signal: never, onProgress: () => {} })
        expect(sha256(await readFile(join(pi.home, name)))).toBe(sha256(bytes))
      }
    } finally {
      await link.stop()
    }
  })

  it('names a full disk, a missing folder and a forbidden one', async () => {
    const pi = await bench.pi({ diskBytes: 4_000_000 })
    const board = await bench.board(pi)
    const options = { offset: 0, signal: never, onProgress: () => {} }
    await expect(board.upload(await file(randomBytes(6_000_000)), 'large', options)).rejects.toMatchObject({
      code: 'disk-full',
      message: expect.stringMatching(/the board's disk is full/),
    })
    await board.exec('rm -f large')
    const small = await file(randomBytes(10))
    await expect(board.upload(small, 'no/such/folder', options)).rejects.toThrow(/no such file or folder/)
    await board.exec('mkdir -m 500 locked')
    await expect(board.upload(small, 'locked/file', options)).rejects.toThrow(/permission denied/)
    await board.upload(small, 'small', options)
  })
})

describeWith('sshd', "the board's ports", () => {
  it('lead to this computer, and from it', async () => {
    const pi = await bench.pi()
    const board = await bench.board(pi)
    const { port, close } = await board.forwarding.forwardIn((stream) => stream.pipe(stream))
    // The virtual Pi has this computer's loopback.
    const there = connect(port, '127.0.0.1')
    const sent = randomBytes(1_000_000)
    there.write(sent)
    const got: Buffer[] = []
    let bytes = 0
    for await (const chunk of there) {
      got.push(chunk)
      bytes += chunk.length
      if (bytes === sent.length) break
    }
    expect(sha256(Buffer.concat(got))).toBe(sha256(sent))
    there.destroy()
    close()
    await board.exec('true')
    const [error] = await once(connect(port, '127.0.0.1'), 'error')
    expect(error.code).toBe('ECONNREFUSED')

    const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const served = (server.address() as { port: number }).port
    const stream = await board.forwarding.forwardOut(served)
    expect(String((await stream.toArray())[0])).toBe('hello')
    server.close()
    await expect(board.forwarding.forwardOut(served)).rejects.toMatchObject({ code: 'device-failed' })
  })

  it('are refused where sshd forwards nothing', async () => {
    const pi = await bench.pi({ sshdConfig: ['AllowTcpForwarding no'] })
    const board = await bench.board(pi)
    await expect(board.forwarding.forwardIn(() => {})).rejects.toMatchObject({
      hint: expect.stringMatching(/AllowTcpForwarding/),
    })
    await expect(board.forwarding.forwardOut(1)).rejects.toMatchObject({
      hint: expect.stringMatching(/AllowTcpForwarding/),
    })
  })
})

describeWith('sshd', 'a silent board', () => {
  it('is given up when it is frozen, idle or not', async () => {
    const pi = await bench.pi()
    const board = await bench.board(pi)
    const channel = await board.start('cat')
    const pending = board.exec('echo asked').then(
      () => 'answered',
      (error: Error) => error.message,
    )
    expect(await pending).toBe('answered')
    pi.freeze()
    const asked = board.exec('echo never').catch((error: Error) => error.message)
    expect(await asked).toMatch(/the connection was lost \(no sign of life for 1[5-9] s\)|the connection was lost/)
    await closed(channel)
    expect(channel.exit()).toMatchObject({ code: null, signal: null, lost: expect.stringMatching(/no sign of life/) })
    await board.close()
    pi.thaw()
    // What ran there ended with the connection.
    for (let tries = 0; (await running(pi, 'cat')) > 0; tries++) {
      expect(tries).toBeLessThan(50)
      await delay(100)
    }
  })

  it('is not given up while a slow link is busy', async () => {
    const pi = await bench.pi()
    const link = await shapeTcp({ target: pi.port, bitsPerS: 8e6, delayMs: 20 })
    try {
      const board = await bench.board(pi, link.port)
      const bytes = randomBytes(600_000)
      link.bitsPerS = 30_000 * 8
      await board.upload(await file(bytes), 'slow', { offset: 0, signal: never, onProgress: () => {} })
      expect(sha256(await readFile(join(pi.home, 'slow')))).toBe(sha256(bytes))
    } finally {
      await link.stop()
    }
  })
})
