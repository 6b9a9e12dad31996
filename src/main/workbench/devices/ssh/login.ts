import { getCiphers } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { CipherAlgorithm, Client as SshClient } from 'ssh2'
import ssh2 from 'ssh2'
import { CodedError } from '#common/errors.ts'
import type { Ask } from '../ask.ts'
import { Authentication } from './authentication.ts'
import type { HostSettings } from './config.ts'
import { cancelled, handshakeFailed, unreachable } from './connectionErrors.ts'
import { pingEveryMs } from './liveness.ts'
import type { HostTrust } from './trust.ts'

/** The greeting, the check of the key, and each way to log in have this long, the time of questions apart. */
const stageMs = 20_000

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
/** ssh2 1.17.0 computes ChaCha20 in one buffer: while it writes the outer connection's packet, the inner one's is lost. */
const nestedCiphers = ciphers.filter((name) => !name.startsWith('chacha20'))

/**
 * Handshake and login over a stream that has just connected (nothing of it has been read). Nothing secret is sent before
 * the host's key is trusted. `nested`: the stream is itself carried by SSH. Throws `device-failed` or `cancelled`.
 */
export async function login(
  settings: HostSettings,
  stream: Duplex,
  trust: HostTrust,
  options: { ask: Ask; signal: AbortSignal; nested: boolean },
): Promise<SshClient> {
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

    enter('the SSH greeting')
    client.once('handshake', () => enter('the login'))
    client.connect({
      sock: stream,
      username: user,
      readyTimeout: 0,
      // Pings only; whether silence means death is decided by `watchLiveness`.
      keepaliveInterval: pingEveryMs,
      keepaliveCountMax: Number.MAX_SAFE_INTEGER,
      algorithms: { serverHostKey: trust.algorithms, cipher: options.nested ? nestedCiphers : ciphers },
      hostVerifier: (key: Buffer, verify: (ok: boolean) => void) => {
        // Asked again at every renewal of the session's keys.
        if (accepted) {
          verify(accepted.equals(key))
          return
        }
        enter('the check of its key')
        trust.verify(key, ask, questions).then(
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
  })
  return client
}
