import type { MessageConnection } from 'vscode-jsonrpc'
import { CancellationTokenSource, ResponseError } from 'vscode-jsonrpc'
import type { z } from 'zod'
import type { ErrorShape } from '../errors.ts'
import { CodedError, fromErrorShape, isErrorCode, toErrorShape } from '../errors.ts'

/**
 * What crosses a process wall, declared once: requests with schemas for parameters and result, and events from the
 * served side. Both ends validate what arrives; types on both ends come from the same declaration.
 */
export interface Contract {
  requests: Record<string, { params: z.ZodType; result: z.ZodType }>
  events: Record<string, z.ZodType>
}

type Params<C extends Contract, M extends keyof C['requests']> = z.input<C['requests'][M]['params']>
type Received<C extends Contract, M extends keyof C['requests']> = z.output<C['requests'][M]['params']>
type Result<C extends Contract, M extends keyof C['requests']> = z.output<C['requests'][M]['result']>
type Answer<C extends Contract, M extends keyof C['requests']> = z.input<C['requests'][M]['result']>

export type Handlers<C extends Contract> = {
  [M in keyof C['requests']]: (params: Received<C, M>, signal: AbortSignal) => Promise<Answer<C, M>> | Answer<C, M>
}

export interface Client<C extends Contract> {
  request<M extends keyof C['requests'] & string>(
    method: M,
    params: Params<C, M>,
    signal?: AbortSignal,
  ): Promise<Result<C, M>>
  /** Returns the function that ends the subscription. */
  on<E extends keyof C['events'] & string>(event: E, listener: (data: z.output<C['events'][E]>) => void): () => void
  dispose(): void
}

export interface Server<C extends Contract> {
  emit<E extends keyof C['events'] & string>(event: E, data: z.input<C['events'][E]>): void
}

/** JSON-RPC's range for errors of the application. */
const applicationError = -32000

const violated = (what: string, issues: z.ZodError): CodedError =>
  new CodedError('protocol-violated', `${what} is not what the protocol says: ${describe(issues)}.`)

const describe = (error: z.ZodError): string =>
  error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || 'value'}: ${issue.message}`)
    .join('; ')

/** Answers requests on `connection`; parameters are validated before a handler sees them. */
export function serve<C extends Contract>(connection: MessageConnection, contract: C, handlers: Handlers<C>): Server<C> {
  for (const [method, { params: schema }] of Object.entries(contract.requests)) {
    connection.onRequest(method, async (raw: unknown, token) => {
      const abort = new AbortController()
      const watch = token.onCancellationRequested(() => abort.abort())
      try {
        const parsed = schema.safeParse(raw)
        if (!parsed.success) throw violated(`The request "${method}"`, parsed.error)
        return await handlers[method as keyof C['requests']](parsed.data as never, abort.signal)
      } catch (error) {
        const shape = toErrorShape(error)
        return new ResponseError(applicationError, shape.message, shape)
      } finally {
        watch.dispose()
      }
    })
  }
  return {
    emit: (event, data) => {
      void connection.sendNotification(event, data)
    },
  }
}

/**
 * Calls the other side. An aborted signal sends a cancellation and keeps waiting for the answer: the served side
 * decides how it ends. Requests fail with `CodedError`; a closed connection rejects all that wait with `closed()`.
 */
export function client<C extends Contract>(
  connection: MessageConnection,
  contract: C,
  closed: () => CodedError = () => new CodedError('internal', 'The other process closed the connection.'),
): Client<C> {
  const listeners = new Map<string, Set<(data: never) => void>>()
  const waiting = new Set<(error: CodedError) => void>()
  let ended = false
  for (const [event, schema] of Object.entries(contract.events)) {
    connection.onNotification(event, (raw: unknown) => {
      const parsed = schema.safeParse(raw)
      // An event that breaks the protocol is dropped: it must not take the listener's process down.
      if (parsed.success) for (const listener of listeners.get(event) ?? []) listener(parsed.data as never)
    })
  }
  const end = (): void => {
    ended = true
    for (const reject of waiting) reject(closed())
    waiting.clear()
  }
  connection.onClose(end)
  connection.onDispose(end)
  return {
    async request(method, params, signal) {
      if (ended) throw closed()
      signal?.throwIfAborted()
      const source = new CancellationTokenSource()
      const cancel = (): void => source.cancel()
      signal?.addEventListener('abort', cancel, { once: true })
      let reject: ((error: CodedError) => void) | undefined
      try {
        const raw = await Promise.race([
          connection.sendRequest(method, params, source.token),
          new Promise<never>((_, fail) => {
            reject = fail
            waiting.add(fail)
          }),
        ])
        const parsed = contract.requests[method]!.result.safeParse(raw)
        if (!parsed.success) throw violated(`The answer to "${method}"`, parsed.error)
        return parsed.data as never
      } catch (error) {
        throw asCoded(error)
      } finally {
        if (reject) waiting.delete(reject)
        signal?.removeEventListener('abort', cancel)
        source.dispose()
      }
    },
    on(event, listener) {
      const set = listeners.get(event) ?? new Set()
      listeners.set(event, set)
      set.add(listener as never)
      return () => set.delete(listener as never)
    },
    dispose: () => connection.dispose(),
  }
}

function asCoded(error: unknown): CodedError {
  if (error instanceof CodedError) return error
  if (error instanceof ResponseError) {
    const shape = error.data as ErrorShape | undefined
    if (shape && isErrorCode(shape.code)) return fromErrorShape(shape)
    return new CodedError('protocol-violated', error.message)
  }
  return fromErrorShape(toErrorShape(error))
}
