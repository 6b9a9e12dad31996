import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { describe, expect, it } from 'vitest'
import { fingerprint } from '../../src/main/workbench/devices/ssh/knownHosts.ts'
import { describeWith, itWith } from '../support/requires.ts'
import { newKeyPair } from '../support/sshKeys.ts'
import { useBoards } from './boardsOverSsh.ts'
import type { VirtualPi } from './virtualPi/virtualPi.ts'

const bench = useBoards()
const at = (pi: VirtualPi): string => `ssh://pi@127.0.0.1:${pi.port}`
const keyOf = (pi: VirtualPi): string => fingerprint(pi.hostKey().split(' ')[1]!)
const failure = (work: Promise<unknown>): Promise<Error & { code?: string; hint?: string }> =>
  work.then(
    () => new Error('it did not fail'),
    (error) => error,
  )
/** Lets the key of this Pi in without questions. */
const know = (pi: VirtualPi): Promise<void> =>
  writeFile(bench.places.knownHosts[0]!, `[127.0.0.1]:${pi.port} ${pi.hostKey()}\n`)

describeWith('sshd', 'the host key', () => {
  it('is asked about once, before anything secret, and kept in our own file only', async () => {
    const pi = await bench.pi()
    const session = await bench.open(at(pi), { ask: bench.answers(true, pi.password) })
    expect(bench.asked).toEqual([
      { kind: 'host-key', host: `[127.0.0.1]:${pi.port}`, algorithm: 'ssh-ed25519', fingerprint: keyOf(pi) },
      { kind: 'secret', what: 'password', prompt: 'Password of pi@127.0.0.1' },
    ])
    expect((await session.exec('id -un')).stdout).toBe('pi\n')
    expect(await readFile(bench.places.trustStore, 'utf8')).toBe(`[127.0.0.1]:${pi.port} ${pi.hostKey()}\n`)
    expect((await stat(bench.places.trustStore)).mode & 0o777).toBe(0o600)
    expect(existsSync(bench.places.knownHosts[0]!)).toBe(false)

    bench.asked = []
    await bench.open(at(pi), { ask: bench.answers(pi.password) })
    expect(bench.asked.map(({ kind }) => kind)).toEqual(['secret'])
  })

  it('is not accepted where nobody can be asked, and where the user declines', async () => {
    const pi = await bench.pi()
    for (const answer of [undefined, false]) {
      const error = await failure(bench.open(at(pi), { ask: bench.answers(answer) }))
      expect(error).toMatchObject({ code: 'device-failed', hint: expect.stringMatching(/--accept-new-host-key/) })
      expect(error.message).toContain(keyOf(pi))
    }
    expect(existsSync(bench.places.trustStore)).toBe(false)
    expect(await pi.sshdLog()).not.toMatch(/Failed|Accepted/)
  })

  it('that has changed is refused, whatever the options, and no password is sent', async () => {
    const pi = await bench.pi()
    const before = keyOf(pi)
    await bench.open(at(pi), { acceptNewHostKey: true, ask: bench.answers(pi.password) })
    // What sshd has not written down yet is lost when it is started anew.
    await expect.poll(() => pi.sshdLog()).toMatch(/Accepted/)
    await pi.newHostKey()
    await pi.restartSshd()
    bench.asked = []
    const error = await failure(bench.open(at(pi), { acceptNewHostKey: true, ask: bench.answers(true, pi.password) }))
    expect(error).toMatchObject({ code: 'device-failed', hint: expect.stringMatching(/No option overrides this/) })
    expect(error.message).toMatch(/CHANGED/)
    expect(error.message).toContain(before)
    expect(error.message).toContain(keyOf(pi))
    expect(error.message).toContain(`${bench.places.trustStore}, line 1`)
    expect(bench.asked).toEqual([])
    expect((await pi.sshdLog()).match(/Accepted/g)).toHaveLength(1)
  })

  it("is looked up in OpenSSH's own files, hashed or not; a revoked one is refused", async () => {
    const pi = await bench.pi()
    await know(pi)
    await bench.open(at(pi), { ask: bench.answers(pi.password) })
    expect(bench.asked).toHaveLength(1)
    const [, blob] = pi.hostKey().split(' ')
    await writeFile(bench.places.knownHosts[0]!, `@revoked * ssh-ed25519 ${blob}\n`)
    expect((await failure(bench.open(at(pi), { acceptNewHostKey: true }))).message).toMatch(/revoked/)
  })

  it('of a kind that is known is asked for, so that another kind is not taken for a change', async () => {
    // The board has an RSA key too, and ed25519 would be preferred: known here is the RSA key.
    const rsa = ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 })
    const pi = await bench.pi({ sshdConfig: ['HostKey /home/pi/rsa'] })
    await writeFile(join(pi.home, 'rsa'), rsa.private, { mode: 0o600 })
    await pi.restartSshd()
    await writeFile(bench.places.knownHosts[0]!, `[127.0.0.1]:${pi.port} ${rsa.public}\n`)
    await bench.open(at(pi), { ask: bench.answers(pi.password) })
    expect(bench.asked.map(({ kind }) => kind)).toEqual(['secret'])
  })
})

describeWith('sshd', 'the login', () => {
  it('takes a key file that the configuration names for an alias', async () => {
    const pi = await bench.pi()
    await know(pi)
    await bench.config(`Host lab\n  HostName 127.0.0.1\n  Port ${pi.port}\n  User pi\n  IdentityFile ${pi.keyFile}\n`)
    const session = await bench.open('lab')
    expect(session).toMatchObject({ name: 'lab', kind: 'ssh', user: 'pi', host: '127.0.0.1', port: pi.port })
    expect(bench.asked).toEqual([])
  })

  it('asks for the passphrase of a key that the board accepts, and only then', async () => {
    const pi = await bench.pi()
    await know(pi)
    const options = { passphrase: 'open sesame', cipher: 'aes256-cbc', rounds: 1 }
    const [mine, other] = [1, 2].map(() => newKeyPair(options))
    await writeFile(join(bench.home, 'other'), other!.private)
    await writeFile(join(bench.home, 'mine'), mine!.private)
    await writeFile(join(pi.home, '.ssh', 'authorized_keys'), `${mine!.public}\n`)
    await bench.config(`Host *\n  IdentityFile ${bench.home}/other\n  IdentityFile ${bench.home}/mine\n`)
    await bench.open(at(pi), { ask: bench.answers('wrong', 'open sesame') })
    expect(bench.asked).toEqual([
      { kind: 'secret', what: 'passphrase', prompt: `Passphrase of ${bench.home}/mine` },
      { kind: 'secret', what: 'passphrase', prompt: `Wrong. Passphrase of ${bench.home}/mine` },
    ])
    const refused = await failure(bench.open(at(pi), { ask: bench.answers('a', 'b', 'c') }))
    expect(refused.message).toMatch(/the passphrase of .*mine was wrong/)
  })

  itWith('ssh', 'takes keys from a running SSH agent', async () => {
    const pi = await bench.pi()
    await know(pi)
    const socket = join(bench.home, 'agent')
    const pid = /SSH_AGENT_PID=(\d+)/.exec(execFileSync('ssh-agent', ['-a', socket], { encoding: 'utf8' }))![1]
    try {
      execFileSync('ssh-add', ['-q', pi.keyFile], { env: { ...process.env, SSH_AUTH_SOCK: socket } })
      const places = { ...bench.places, agent: socket }
      await bench.open(at(pi), { places })
      expect(bench.asked).toEqual([])
      // With IdentitiesOnly the agent's other keys are not shown to the board.
      await bench.config('Host *\n  IdentitiesOnly yes\n  IdentityFile ~/.ssh/another\n')
      expect((await failure(bench.open(at(pi), { places }))).message).toMatch(/another is not there/)
      await mkdir(join(bench.home, 'keys'))
      await copyFile(`${pi.keyFile}.pub`, join(bench.home, 'keys', 'mine.pub'))
      await bench.config('Host *\n  IdentitiesOnly yes\n  IdentityFile ~/keys/mine\n')
      await bench.open(at(pi), { places })
    } finally {
      process.kill(Number(pid))
    }
  })

  it('is done without an agent that does not answer', async () => {
    const pi = await bench.pi()
    await know(pi)
    await bench.config(`Host *\n  IdentityFile ${pi.keyFile}\n`)
    await bench.open(at(pi), { places: { ...bench.places, agent: join(bench.home, 'nobody') } })
  })

  it('asks for a password three times, then says that it is wrong', async () => {
    const pi = await bench.pi()
    await know(pi)
    const error = await failure(bench.open(at(pi), { ask: bench.answers('a', 'b', 'c', 'd') }))
    expect(error).toMatchObject({
      code: 'device-failed',
      message: expect.stringMatching(/login as pi refused: the password is wrong/),
    })
    expect(bench.asked).toHaveLength(3)
    await bench.open(at(pi), { ask: bench.answers('wrong', pi.password) })
  })

  it('says which keys were refused or could not be used', async () => {
    const pi = await bench.pi({ sshdConfig: ['PasswordAuthentication no'] })
    await know(pi)
    const stranger = join(bench.home, 'stranger')
    await writeFile(stranger, newKeyPair().private)
    await writeFile(join(bench.home, 'text'), 'no key')
    await bench.config(
      `Host *\n  IdentityFile ${stranger}\n  IdentityFile ~/missing\n  IdentityFile ~/text\n  IdentityFile ${bench.home}\n`,
    )
    const { message, hint } = await failure(bench.open(at(pi)))
    expect(message).toMatch(/login as pi refused: no key is accepted there \(tried .*\/stranger\)/)
    expect(message).toMatch(/missing is not there/)
    expect(message).toMatch(/text is no private key/)
    expect(message).toMatch(/cannot be read \(EISDIR\)/)
    expect(hint).toMatch(/ssh-copy-id/)
  })

  it('goes through jump hosts, each checked and logged in to', async () => {
    const [gate, board] = [await bench.pi(), await bench.pi()]
    await bench.config(`
Host gate
  HostName 127.0.0.1
  Port ${gate.port}
  IdentityFile ${gate.keyFile}
Host board
  HostName 127.0.0.1
  Port ${board.port}
  IdentityFile ${board.keyFile}
  ProxyJump gate
Host *
  User pi
`)
    const session = await bench.open('board', { ask: bench.answers(true, true) })
    expect(bench.asked.map((question) => 'fingerprint' in question && question.fingerprint)).toEqual([
      keyOf(gate),
      keyOf(board),
    ])
    expect((await session.exec('echo $SSH_CONNECTION')).stdout.trim().split(' ')[3]).toBe(String(board.port))
    expect(await gate.sshdLog()).toMatch(/Accepted publickey for pi/)
    await gate.stopSshd()
    await expect(session.exec('true')).rejects.toMatchObject({ code: 'device-failed' })
  })
})

describe('a host that is none', () => {
  const ask = bench.answers()

  it('is unknown, or refuses', async () => {
    const unknown = await failure(bench.open('ssh://pi@no-such-board.invalid', { ask }))
    expect(unknown).toMatchObject({ code: 'device-failed' })
    expect(unknown.message).toMatch(/no host "no-such-board.invalid"|name service does not answer/)
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    server.close()
    await once(server, 'close')
    const refused = await failure(bench.open(`ssh://pi@127.0.0.1:${port}`, { ask }))
    expect(refused).toMatchObject({ code: 'device-failed', hint: expect.stringMatching(/Enable SSH/) })
    expect(refused.message).toBe(`pi@127.0.0.1:${port}: nothing listens at port ${port}.`)
  })

  it('speaks something else, hangs up, or says nothing and is given up by the user', async () => {
    for (const [greeting, hangsUp, message] of [
      ['HTTP/1.1 400 Bad Request\r\n\r\n', true, /ended the connection at once/],
      ['SSH-1.5-old\r\n', false, /handshake failed/],
      ['', true, /ended the connection at once/],
      [`${'x'.repeat(100_000)}\n`, false, /handshake failed/],
    ] as const) {
      const server = createServer((socket) => {
        socket.on('error', () => {})
        socket.write(greeting)
        if (hangsUp) socket.end()
      }).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const error = await failure(
        bench.open(`ssh://pi@127.0.0.1:${(server.address() as { port: number }).port}`, { ask }),
      )
      expect(error).toMatchObject({ code: 'device-failed' })
      expect(error.message).toMatch(message)
      server.close()
    }
    const silent = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const abort = new AbortController()
    silent.once('connection', () => setTimeout(() => abort.abort(), 50))
    const target = `ssh://pi@127.0.0.1:${(silent.address() as { port: number }).port}`
    expect(await failure(bench.open(target, { ask, signal: abort.signal }))).toMatchObject({ code: 'cancelled' })
    silent.close()
    await once(silent, 'close')
  })
})

describeWith('sshd', 'cancelling', () => {
  it('ends the attempt while a question is open', async () => {
    const pi = await bench.pi()
    const abort = new AbortController()
    const opening = bench.open(at(pi), {
      signal: abort.signal,
      ask: (_, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve(undefined))
          abort.abort()
        }),
    })
    expect(await failure(opening)).toMatchObject({ code: 'cancelled' })
    expect(await failure(bench.open(at(pi), { signal: abort.signal }))).toMatchObject({ code: 'cancelled' })
  })
})
