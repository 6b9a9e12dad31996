import { z } from 'zod'
import type { ErrorShape } from '../errors.ts'
import { CodedError, errorCodes, fromErrorShape, isErrorCode, toErrorShape } from '../errors.ts'
import { encodeMessage, MessageCutter, maxMessageBytes } from './frames.ts'

/** A transport: bytes in, bytes out. A child's stdio, an SSH exec channel, a serial line with its own error correction. */
export interface ByteChannel {
  onBytes(listener: (bytes: Uint8Array) => void): void
  /** Called once, also when the channel is closed already. */
  onClose(listener: () => void): void
  /** Sends in the order of the calls; resolves when the transport takes more (back-pressure), rejects when it is closed. */
  send(bytes: Uint8Array): Promise<void>
}

/** What travels: JSON-RPC's four ideas (request, answer, cancellation, event) as MessagePack, so bytes stay bytes. */
const messageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('request'), id: z.number().int(), method: z.string(), params: z.unknown() }),
  z.object({ kind: z.literal('answer'), id: z.number().int(), result: z.unknown() }),
  z.object({
    kind: z.literal('failure'),
    id: z.number().int(),
    error: z.object({
      code: z.string(),
      message: z.string(),
      hint: z.string().optional(),
      data: z.record(z.string(), z.unknown()).optional(),
    }),
  }),
  z.object({ kind: z.literal('cancel'), id: z.number().int() }),
  z.object({ kind: z.literal('event'), event: z.string(), data: z.unknown() }),
])
type Message = z.infer<typeof messageSchema>

export type RawHandler = (params: unknown, signal: AbortSignal) => Promise<unknown>

/** Both ends of one conversation; `serve` and `client` of rpc.ts give it types. Nothing is read before `listen()`. */
export interface Connection {
  listen(): void
  onRequest(method: string, handler: RawHandler): void
  /** Replaces an earlier listener of the same event. */
  onEvent(event: string, listener: (data: unknown) => void): void
  /**
   * Sends a request and waits for its answer. Aborting the signal sends a cancellation and goes on waiting: the served
   * side decides how it ends. Fails with the other side's `CodedError`, or with `closed()` when the connection ends.
   */
  request(method: string, params: unknown, closed: () => CodedError, signal?: AbortSignal): Promise<unknown>
  emit(event: string, data: unknown): void
  /** Resolves when what was sent so far has been taken by the transport (back-pressure). */
  drained(): Promise<void>
  /** Called once, also when it is closed already; `reason` where the other side broke the protocol. */
  onClose(listener: (reason: CodedError | undefined) => void): void
  /** Ends this side of it; `reason` goes to everyone who waits. The transport is closed by its owner. */
  dispose(reason?: CodedError): void
}

/** What cannot be sent ends the connection, but the transport first has a moment to say why it is gone. */
const goodbyeMs = 1000

interface Waiting {
  resolve(result: unknown): void
  reject(error: CodedError): void
  closed(): CodedError
}

/**
 * Speaks over any transport. A peer that sends what is not a message of this protocol, or one over `maxBytes`, ends the
 * connection: running handlers are aborted and waiting requests fail.
 */
export function connect(channel: ByteChannel, maxBytes: number = maxMessageBytes): Connection {
  const handlers = new Map<string, RawHandler>()
  const listeners = new Map<string, (data: unknown) => void>()
  const waiting = new Map<number, Waiting>()
  const running = new Map<number, AbortController>()
  const closeListeners = new Set<(reason: CodedError | undefined) => void>()
  let nextId = 1
  let ended: { reason: CodedError | undefined } | undefined
  let lastSend: Promise<void> = Promise.resolve()

  function end(reason?: CodedError): void {
    if (ended) return
    ended = { reason }
    for (const { reject, closed } of waiting.values()) reject(reason ?? closed())
    waiting.clear()
    for (const abort of running.values()) abort.abort()
    for (const listener of closeListeners) listener(reason)
    closeListeners.clear()
  }

  /** Encoding errors are the caller's; transport errors mean that the connection is over. */
  function send(message: Message): void {
    const bytes = encodeMessage(message)
    lastSend = channel.send(bytes).catch(() => {
      setTimeout(end, goodbyeMs)
    })
  }

  async function run(id: number, method: string, params: unknown): Promise<void> {
    const abort = new AbortController()
    running.set(id, abort)
    let outcome: Message
    try {
      const handler = handlers.get(method)
      if (!handler) throw new CodedError('protocol-violated', `There is no request "${method}".`)
      outcome = { kind: 'answer', id, result: await handler(params, abort.signal) }
    } catch (error) {
      outcome = { kind: 'failure', id, error: toErrorShape(error) }
    }
    if (running.get(id) === abort) running.delete(id)
    if (ended) return
    try {
      send(outcome)
    } catch (error) {
      // The answer cannot be encoded (too large, a circular value): the caller must hear that rather than wait.
      send({ kind: 'failure', id, error: { code: 'internal', message: `The answer to "${method}": ${text(error)}.` } })
    }
  }

  function receive(raw: unknown): void {
    const parsed = messageSchema.safeParse(raw)
    if (!parsed.success) throw new Error('received a message that is no request, answer, cancellation or event')
    const message = parsed.data
    switch (message.kind) {
      case 'request':
        // A side that serves nothing must not answer a flood of requests into a pipe that nobody reads.
        if (handlers.size === 0) throw new Error('received a request where none is served')
        void run(message.id, message.method, message.params)
        return
      case 'cancel':
        running.get(message.id)?.abort()
        return
      case 'event':
        listeners.get(message.event)?.(message.data)
        return
      default: {
        const request = waiting.get(message.id)
        if (!request) return
        waiting.delete(message.id)
        if (message.kind === 'answer') request.resolve(message.result)
        else request.reject(asCoded(message.error))
      }
    }
  }

  return {
    listen() {
      const cutter = new MessageCutter(maxBytes)
      channel.onBytes((bytes) => {
        if (ended) return
        try {
          cutter.push(bytes, (message) => {
            if (!ended) receive(message)
          })
        } catch (error) {
          end(new CodedError('protocol-violated', `Talking to the other process failed: ${text(error)}.`))
        }
      })
      channel.onClose(() => end())
    },
    onRequest: (method, handler) => {
      handlers.set(method, handler)
    },
    onEvent: (event, listener) => {
      listeners.set(event, listener)
    },
    async request(method, params, closed, signal) {
      if (ended) throw ended.reason ?? closed()
      if (signal?.aborted) throw new CodedError('cancelled', 'Cancelled.')
      const id = nextId++
      const answer = new Promise<unknown>((resolve, reject) => waiting.set(id, { resolve, reject, closed }))
      const cancel = (): void => {
        if (!ended) send({ kind: 'cancel', id })
      }
      signal?.addEventListener('abort', cancel, { once: true })
      try {
        send({ kind: 'request', id, method, params })
        return await answer
      } finally {
        waiting.delete(id)
        signal?.removeEventListener('abort', cancel)
      }
    },
    emit(event, data) {
      if (!ended) send({ kind: 'event', event, data })
    },
    drained: () => lastSend,
    onClose(listener) {
      if (ended) listener(ended.reason)
      else closeListeners.add(listener)
    },
    dispose: end,
  }
}

const text = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The other side's error; a code that is not ours says nothing. */
const asCoded = (error: Omit<ErrorShape, 'code'> & { code: string }): CodedError => {
  const { code } = error
  return fromErrorShape({ ...error, code: isErrorCode(code) && Object.hasOwn(errorCodes, code) ? code : 'internal' })
}
