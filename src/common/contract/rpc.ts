import type { z } from 'zod'
import { CodedError } from '../errors.ts'
import type { Connection } from './channel.ts'

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
  /** Aborting the signal asks the other side to stop; the request then fails with whatever it answers. */
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

const violated = (what: string, issues: z.ZodError): CodedError =>
  new CodedError('protocol-violated', `${what} is not what the protocol says: ${describe(issues)}.`)

const describe = (error: z.ZodError): string =>
  error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || 'value'}: ${issue.message}`)
    .join('; ')

/** Answers requests on `connection`; parameters are validated before a handler sees them. */
export function serve<C extends Contract>(connection: Connection, contract: C, handlers: Handlers<C>): Server<C> {
  for (const [method, { params: schema }] of Object.entries(contract.requests)) {
    connection.onRequest(method, async (raw, signal) => {
      const parsed = schema.safeParse(raw)
      if (!parsed.success) throw violated(`The request "${method}"`, parsed.error)
      return handlers[method as keyof C['requests']](parsed.data as never, signal)
    })
  }
  return { emit: (event, data) => connection.emit(event, data) }
}

/**
 * Calls the other side. Requests fail with `CodedError`; a closed connection rejects all that wait with `closed()`.
 * An event that breaks the protocol goes to `onViolation` and to nobody else.
 */
export function client<C extends Contract>(
  connection: Connection,
  contract: C,
  closed: () => CodedError = () => new CodedError('internal', 'The other process closed the connection.'),
  onViolation: (error: CodedError) => void = () => {},
): Client<C> {
  const listeners = new Map<string, Set<(data: never) => void>>()
  for (const [event, schema] of Object.entries(contract.events)) {
    const set = new Set<(data: never) => void>()
    listeners.set(event, set)
    connection.onEvent(event, (raw) => {
      const parsed = schema.safeParse(raw)
      if (!parsed.success) onViolation(violated(`The event "${event}"`, parsed.error))
      else for (const listener of [...set]) listener(parsed.data as never)
    })
  }
  return {
    async request(method, params, signal) {
      const raw = await connection.request(method, params, closed, signal)
      const parsed = contract.requests[method]!.result.safeParse(raw)
      if (!parsed.success) throw violated(`The answer to "${method}"`, parsed.error)
      return parsed.data as never
    },
    on(event, listener) {
      const set = listeners.get(event)!
      set.add(listener as never)
      return () => set.delete(listener as never)
    },
    dispose: () => connection.dispose(),
  }
}
