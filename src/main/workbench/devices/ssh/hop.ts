import { getCiphers } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { CipherAlgorithm, Client as SshClient } from 'ssh2'
import ssh2 from 'ssh2'
import { CodedError } from '#common/errors.ts'
import type { Ask } from '../ask.ts'
import { printable } from '../printable.ts'
import { Authentication } from './authentication.ts'
import type { HostSettings } from './config.ts'
import { cancelled, connectionLost, handshakeFailed, unreachable } from './connectionErrors.ts'
import { pingEveryMs, watchLiveness } from './liveness.ts'
import { hostTrust, type TrustOptions } from './trust.ts'

/** One SSH connection that is logged in. A board behind others is reached by several. */
export interface Hop {
  readonly client: SshClient
  /** Bytes sent so far. */
  written(): number
  /**
   * Called once; `reason`: why the connection broke, undefined where `close()` ended it. Returns what takes the listener
   * back.
   */
  onEnd(listener: (reason: CodedError | undefined) => void): () => void
  close(): Promise<void>
}

/** The way that other hops have led to the host; undefined: over the network. */
export interface Via {
  stream: Duplex
  written(): number
}

/** TCP, the handshake, and each step of the login have this long, the time of questions apart. */
const stageMs = 20_000
/** A connection that does not end by itself is cut then. */
const goodbyeMs = 1000

/** OpenSSH's preference: a Pi 3 or 4 computes AES without help of its processor. Electron's library lacks some. */
const cipherNames: [CipherAlgorithm, string][] = [
  ['chacha20-poly1305@openssh.com', 'chacha20'],
  ['aes128-gcm@openssh.com', 'aes-128-gcm'],
  ['aes256-gcm@openssh.com', 'aes-256-gcm'],
  ['aes128-ctr', 'aes-128-ctr'],
  ['aes192-ctr', 'aes-192-ctr'],
  ['aes256-ctr', 'aes-256-ctr'],
]
const ciphers = cipherNames.filter(([, name]) => getCiphers().includes(name)).map(([algorithm]) => algorithm)

/** Connects and logs in; nothing secret is sent before the host's key is trusted. Throws `device-failed`, `cancelled`. */
export async function openHop(
  settings: HostSettings,
  via: Via | undefined,
  options: TrustOptions & { signal: AbortSignal },
): Promise<Hop> {
  const { signal } = options
  if (signal.aborted) throw cancelled()
  const stream = via?.stream ?? (await connectTcp(settings, signal))
  const written = via ? via.written : () => (stream as Socket).bytesWritten
  try {
    return await login(settings, stream, written, options)
  } catch (error) {
    stream.destroy()
    throw error
  }
}

function connectTcp({ name, host, port }: HostSettings, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true })
    const timedOut = Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })
    const timer = setTimeout(() => socket.destroy(timedOut), stageMs)
    const onAbort = (): void => void socket.destroy(cancelled())
    signal.addEventListener('abort', onAbort, { once: true })
    const settle = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
    socket.once('connect', () => {
      settle()
      socket.removeAllListeners('error')
      // Somebody always listens, or an error would end the process.
      socket.on('error', () => {})
      resolve(socket)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      settle()
      reject(error instanceof CodedError ? error : unreachable(name, host, port, error))
    })
  })
}

async function login(
  settings: HostSettings,
  stream: Duplex,
  written: () => number,
  options: TrustOptions & { signal: AbortSignal },
): Promise<Hop> {
  const { name, port, user } = settings
  const { signal } = options
  const over = new AbortController()
  const questions = AbortSignal.any([signal, over.signal])
  const client = new ssh2.Client()
  let accepted: Buffer | undefined
  let stage = 'the SSH greeting'
  let verdict: CodedError | undefined
  let timer: NodeJS.Timeout | undefined

  await new Promise<void>((resolve, reject) => {
    const settle = (error?: CodedError): void => {
      clearTimeout(timer)
      over.abort()
      signal.removeEventListener('abort', onAbort)
      if (error) reject(error)
      else resolve()
    }
    const onAbort = (): void => settle(cancelled())
    signal.addEventListener('abort', onAbort, { once: true })
    const enter = (next: string): void => {
      stage = next
      clearTimeout(timer)
      timer = setTimeout(() => settle(timedOut()), stageMs)
    }
    const timedOut = (): CodedError =>
      new CodedError(
        'device-failed',
        `${name}: it is connected, but ${stage} took over ${stageMs / 1000} s.`,
        `Check that the board is not overloaded and that SSH is what answers at port ${port}.`,
        { reason: 'timed-out' },
      )
    /** The clock stands while the user thinks. */
    const ask: Ask = async (question, asked) => {
      clearTimeout(timer)
      try {
        return await options.ask(question, asked)
      } finally {
        if (!over.signal.aborted) enter(stage)
      }
    }
    const authentication = new Authentication(settings, ask, questions)
    const onError = (error: Error & { level?: string; code?: unknown }): void => {
      // Of one key among several: the next one is tried.
      if (error.level === 'agent') return
      if (error.level === 'client-authentication' && !/^All configured/.test(error.message)) return
      if (verdict) settle(verdict)
      else if (error.level === 'client-authentication' || /too many authentication/i.test(error.message)) {
        settle(authentication.refusal())
      } else if (error.level === 'client-socket') {
        settle(unreachable(name, settings.host, port, error as NodeJS.ErrnoException))
      } else settle(handshakeFailed(name, port, error))
    }
    client.on('error', onError)
    client.once('close', () =>
      settle(
        verdict ??
          new CodedError(
            'device-failed',
            `${name}: it ended the connection during ${stage}.`,
            'A board that is starting, or that refused several logins, does so for a while: try again in a moment.',
            { reason: 'closed-early' },
          ),
      ),
    )
    client.once('ready', () => settle())

    hostTrust(settings, { ...options, ask }).then((trust) => {
      if (over.signal.aborted) return
      enter('the SSH greeting')
      client.once('handshake', () => enter('the login'))
      client.connect({
        sock: stream,
        username: user,
        readyTimeout: 0,
        // Pings only; whether silence means death is decided by `watchLiveness`.
        keepaliveInterval: pingEveryMs,
        keepaliveCountMax: Number.MAX_SAFE_INTEGER,
        algorithms: { serverHostKey: trust.algorithms, cipher: ciphers },
        hostVerifier: (key: Buffer, verify: (ok: boolean) => void) => {
          // Asked again at every renewal of the session's keys.
          if (accepted) {
            verify(accepted.equals(key))
            return
          }
          enter('the check of its key')
          trust.verify(key, questions).then(
            () => {
              accepted = Buffer.from(key)
              verify(true)
            },
            (error) => {
              verdict = error
              verify(false)
            },
          )
        },
        authHandler: (left, partial, next) => {
          if (!over.signal.aborted) enter('the login')
          authentication.next(left, partial).then(
            (method) => next(method as Parameters<typeof next>[0]),
            (error) => {
              verdict = error
              next(false as never)
            },
          )
        },
      })
    }, reject)
  })
  return watched(settings, client, stream, written)
}

function watched({ name }: HostSettings, client: SshClient, stream: Duplex, written: () => number): Hop {
  const listeners = new Set<(reason: CodedError | undefined) => void>()
  let closing = false
  let why: string | undefined
  let ended: { reason: CodedError | undefined } | undefined
  let finish = (): void => {}
  const gone = new Promise<void>((resolve) => {
    finish = resolve
  })
  const liveness = watchLiveness(written, (silentS) => {
    why ??= `no sign of life for ${silentS} s`
    stream.destroy()
  })
  stream.on('data', liveness.heard)
  client.on('error', (error: Error & { code?: string }) => {
    why ??= printable(
      error.code && !error.message.includes(error.code) ? `${error.message}, ${error.code}` : error.message,
      120,
    )
  })
  client.once('close', () => {
    liveness.stop()
    ended = { reason: closing ? undefined : connectionLost(name, why ?? 'the board ended it') }
    for (const listener of listeners) listener(ended.reason)
    listeners.clear()
    finish()
  })
  return {
    client,
    written,
    onEnd(listener) {
      if (ended) listener(ended.reason)
      else listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async close() {
      closing = true
      client.end()
      const timer = setTimeout(() => stream.destroy(), goodbyeMs)
      await gone
      clearTimeout(timer)
    },
  }
}
