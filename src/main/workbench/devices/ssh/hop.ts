import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Client as SshClient } from 'ssh2'
import type { CodedError } from '#common/errors.ts'
import type { Ask } from '../ask.ts'
import { printable } from '../printable.ts'
import type { HostSettings } from './config.ts'
import { cancelled, connectionLost } from './connectionErrors.ts'
import { watchLiveness } from './liveness.ts'
import { connectTcp } from './tcp.ts'
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

/** The way that other hops lead to the host. */
export interface Via {
  connect(): Promise<Duplex>
  written(): number
}

/** A connection that does not end by itself is cut then. */
const goodbyeMs = 1000

/** Connects (`via` undefined: over the network) and logs in. Throws `device-failed` or `cancelled`. */
export async function openHop(
  settings: HostSettings,
  via: Via | undefined,
  { ask, signal, ...trusting }: TrustOptions & { ask: Ask; signal: AbortSignal },
): Promise<Hop> {
  if (signal.aborted) throw cancelled()
  // Before the connection: what ends early would be missed while files are read.
  const trust = await hostTrust(settings, trusting)
  // The library is large, and a workbench starts without it.
  const { login } = await import('./login.ts')
  const stream = await (via ? via.connect() : connectTcp(settings, signal))
  try {
    const client = await login(settings, stream, trust, { ask, signal, nested: via !== undefined })
    return watched(settings, client, stream, via ? via.written : () => (stream as Socket).bytesWritten)
  } catch (error) {
    stream.destroy()
    throw error
  }
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
