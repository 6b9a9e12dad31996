import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { connect } from '#common/contract/channel.ts'
import { encodeMessage } from '#common/contract/frames.ts'
import { client, serve } from '#common/contract/rpc.ts'
import { CodedError } from '#common/errors.ts'
import { channelPair } from '../../support/channelPair.ts'

const contract = {
  requests: {
    add: { params: z.object({ a: z.number(), b: z.number() }), result: z.object({ sum: z.number() }) },
    echo: {
      params: z.object({ bytes: z.instanceof(Uint8Array), nothing: z.null() }),
      result: z.object({ bytes: z.instanceof(Uint8Array), nothing: z.null() }),
    },
    wait: { params: z.object({}), result: z.object({}) },
    fail: { params: z.object({}), result: z.object({}) },
    wrong: { params: z.object({}), result: z.object({ count: z.number() }) },
    huge: { params: z.object({}), result: z.object({ bytes: z.instanceof(Uint8Array) }) },
  },
  events: { tick: z.object({ n: z.number(), step: z.string().nullable() }) },
}

function pair(chunk?: number) {
  const [near, far] = channelPair(chunk)
  const aborted: string[] = []
  const serving = connect(far)
  const server = serve(serving, contract, {
    add: ({ a, b }) => ({ sum: a + b }),
    echo: (params) => params,
    wait: (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted.push('wait')
          reject(new CodedError('cancelled', 'Cancelled.'))
        })
      }),
    fail: () => {
      throw new CodedError('disk-full', 'No space.', 'Make some.', { path: 'x' })
    },
    wrong: () => ({ count: 'many' as never }),
    huge: () => ({ bytes: new Uint8Array(9_000_000) }),
  })
  serving.listen()
  const calling = connect(near)
  const violations: CodedError[] = []
  const rpc = client(
    calling,
    contract,
    () => new CodedError('trainer-died', 'Gone.'),
    (error) => violations.push(error),
  )
  calling.listen()
  return { near, far, server, serving, rpc, calling, aborted, violations }
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5))

describe('rpc', () => {
  it('answers, with bytes and null as they are, in any chunking', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 50 }), fc.uint8Array({ maxLength: 200 }), async (chunk, bytes) => {
        const { rpc } = pair(chunk)
        const [sum, echo] = await Promise.all([
          rpc.request('add', { a: 2, b: 3 }),
          rpc.request('echo', { bytes, nothing: null }),
        ])
        expect(sum).toEqual({ sum: 5 })
        expect(echo.nothing).toBeNull()
        expect([...echo.bytes]).toEqual([...bytes])
      }),
      { numRuns: 50 },
    )
  })

  it('brings errors across with code, message, hint and data', async () => {
    const { rpc } = pair()
    await expect(rpc.request('fail', {})).rejects.toMatchObject({
      code: 'disk-full',
      message: 'No space.',
      hint: 'Make some.',
      data: { path: 'x' },
    })
  })

  it('refuses invalid parameters before the handler and invalid answers after it', async () => {
    const { rpc } = pair()
    await expect(rpc.request('add', { a: 'x' as never, b: 1 })).rejects.toMatchObject({
      code: 'protocol-violated',
      message: expect.stringMatching(/request "add".*a: /),
    })
    await expect(rpc.request('wrong', {})).rejects.toMatchObject({ code: 'protocol-violated' })
  })

  it('says so where an answer is too large to be sent, and goes on', async () => {
    const { rpc } = pair()
    await expect(rpc.request('huge', {})).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringMatching(/huge.*over the limit/),
    })
    expect(await rpc.request('add', { a: 1, b: 1 })).toEqual({ sum: 2 })
  })

  it('cancels one request and waits for how it ends', async () => {
    const { rpc, aborted } = pair()
    const abort = new AbortController()
    const waiting = rpc.request('wait', {}, abort.signal)
    await settled()
    expect(aborted).toEqual([])
    abort.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' })
    expect(aborted).toEqual(['wait'])
    await expect(rpc.request('add', { a: 1, b: 1 }, abort.signal)).rejects.toMatchObject({ code: 'cancelled' })
  })

  it('fails all that wait and all that comes when the line is cut, and aborts what runs on the other side', async () => {
    const { rpc, near, aborted } = pair()
    const waiting = [rpc.request('wait', {}), rpc.request('wait', {})]
    await settled()
    near.close()
    for (const request of waiting) await expect(request).rejects.toMatchObject({ code: 'trainer-died' })
    await expect(rpc.request('add', { a: 1, b: 1 })).rejects.toMatchObject({ code: 'trainer-died' })
    expect(aborted).toEqual(['wait', 'wait'])
  })

  it('delivers events in order to all that listen, until they stop; null is a value', async () => {
    const { rpc, server } = pair()
    const seen: unknown[] = []
    const stop = rpc.on('tick', (tick) => seen.push(tick))
    server.emit('tick', { n: 1, step: null })
    server.emit('tick', { n: 2, step: 'b' })
    await rpc.request('add', { a: 1, b: 1 })
    stop()
    server.emit('tick', { n: 3, step: null })
    await settled()
    expect(seen).toEqual([
      { n: 1, step: null },
      { n: 2, step: 'b' },
    ])
  })

  it('reports an event that breaks the protocol and gives it to nobody', async () => {
    const { rpc, serving, violations } = pair()
    const seen: unknown[] = []
    rpc.on('tick', (tick) => seen.push(tick))
    serving.emit('tick', { n: Number.NaN, step: 1 })
    await rpc.request('add', { a: 1, b: 1 })
    expect(seen).toEqual([])
    expect(violations).toMatchObject([{ code: 'protocol-violated' }])
  })

  it('emits into a closed line without a complaint', async () => {
    const { server, near } = pair()
    near.close()
    server.emit('tick', { n: 1, step: null })
    await settled()
  })

  it.each([
    ['garbage', new TextEncoder().encode('login: ')],
    ['a number', encodeMessage(7)],
    ['null', encodeMessage(null)],
    ['an unknown kind', encodeMessage({ kind: 'shutdown' })],
    ['an answer without a usable id', encodeMessage({ kind: 'answer', id: { toString: 1 }, result: 1 })],
    ['a request to a side that serves nothing', encodeMessage({ kind: 'request', id: 1, method: 'add', params: {} })],
  ])('ends the connection on %s', async (_, bytes) => {
    const { rpc, far, calling } = pair()
    const reasons: unknown[] = []
    calling.onClose((reason) => reasons.push(reason?.code))
    const waiting = rpc.request('wait', {})
    await settled()
    await far.send(bytes)
    await expect(waiting).rejects.toMatchObject({ code: 'protocol-violated' })
    expect(reasons).toEqual(['protocol-violated'])
  })

  it('ignores answers to nothing and cancellations of nothing', async () => {
    const { rpc, near, far } = pair()
    await far.send(encodeMessage({ kind: 'answer', id: 99, result: {} }))
    await near.send(encodeMessage({ kind: 'cancel', id: 99 }))
    expect(await rpc.request('add', { a: 1, b: 2 })).toEqual({ sum: 3 })
  })

  it('refuses a method that is not in the contract', async () => {
    const { calling } = pair()
    const closed = () => new CodedError('internal', 'closed')
    await expect(calling.request('constructor', {}, closed)).rejects.toMatchObject({ code: 'protocol-violated' })
  })

  it('takes an error code that is not ours for what it is', async () => {
    const [near, far] = channelPair()
    const calling = connect(near)
    calling.listen()
    const waiting = calling.request('x', {}, () => new CodedError('internal', 'closed'))
    await far.send(encodeMessage({ kind: 'failure', id: 1, error: { code: 'toString', message: 'm' } }))
    await expect(waiting).rejects.toMatchObject({ code: 'internal', message: 'm' })
  })
})
