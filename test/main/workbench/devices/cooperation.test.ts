import type { Server } from 'node:net'
import { connect, createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { transmissionMs } from '#common/latency/transmission.ts'
import { encodeAnswer } from '#common/wire/answer.ts'
import { frameHeaderBytes } from '#common/wire/header.ts'
import { encodeFrame, FrameCutter } from '#common/wire/message.ts'
import type { Device } from '../../../../src/main/workbench/devices/device.ts'
import type { Inferences } from '../../../../src/main/workbench/devices/inferenceCollector.ts'
import { InferenceCollector } from '../../../../src/main/workbench/devices/inferenceCollector.ts'
import { openDataLink } from '../../../../src/main/workbench/devices/link/dataLink.ts'
import { testLink } from '../../../../src/main/workbench/experiments/linkTest.ts'
import { childrenWith } from '../../../support/agentProcess.ts'
import { useAgents } from '../../../support/agents.ts'

const agents = useAgents()
const never = new AbortController().signal
const tailEntry = 'main/tail/index.ts'

/** As if nothing but the agent's own connection reached it. */
const relayed = (device: Device): Device => ({ ...device, info: { ...device.info, kind: 'ssh' } })

/** Both ends with a tiny candidate on them, and an order that lacks only its data link. */
async function pair(form: 'uint8' | 'float32' = 'uint8') {
  const device = await agents.connect()
  const head = await agents.deploy(device, form, 'head')
  const deviceStore = agents.store
  const server = await agents.connect(tailEntry)
  const tail = await agents.deploy(server, form, 'tail')
  const { split } = head
  const order = { model: head.model, check: head.check, split, threads: 1, partition: 2, warmup: 1, answerMs: 20_000 }
  return {
    device,
    server,
    deviceStore,
    serverStore: agents.store,
    tail: { model: tail.model, split, threads: 1 },
    order,
  }
}

describe('cooperative inference', () => {
  it.each(['uint8', 'float32'] as const)('gives the logits of the trainer, %s over loopback', async (form) => {
    const { device, server, tail, order } = await pair(form)
    const link = await openDataLink({ device, server, tail, shape: null }, never)
    const batches: Inferences[] = []
    const { session, token, dial } = link
    const outcome = await device.cooperation.cooperate(
      { ...order, session, token, dial, seconds: 0.2, minIterations: 40 },
      (batch) => batches.push(batch),
      never,
    )
    expect(outcome).toMatchObject({ images: 16, argmaxEqual: 16 })
    expect(outcome.error).toBeLessThan(1e-5)
    expect(link.way).toBe('tcp')
    const { wholeMs, headMs, encodeMs, answerMs, serverMs } = outcome.samples
    expect(wholeMs.length).toBeGreaterThanOrEqual(40)
    expect(batches.flatMap((batch) => batch.wholeMs)).toEqual(wholeMs)
    for (const [i, whole] of wholeMs.entries()) {
      expect(headMs[i]! + encodeMs[i]! + answerMs[i]!).toBeCloseTo(whole, 6)
      expect(serverMs[i]!).toBeLessThanOrEqual(answerMs[i]!)
    }
    expect(await link.close()).toBeNull()
    if (dial.way === 'tcp') await expect(reach(dial.port)).rejects.toThrow(/ECONNREFUSED/)
  })

  it('goes through the connections of the agents where nothing else reaches them', async () => {
    const { device, server, tail, order } = await pair('float32')
    const link = await openDataLink({ device: relayed(device), server: relayed(server), tail, shape: null }, never)
    const { session, token, dial } = link
    expect([link.way, dial.way]).toEqual(['relay', 'relay'])
    const outcome = await device.cooperation.cooperate(
      { ...order, session, token, dial, seconds: 0, minIterations: 20 },
      () => {},
      never,
    )
    expect(outcome).toMatchObject({ images: 16, argmaxEqual: 16 })
    expect(await link.close()).toBeNull()
  })

  it('is never faster than the link that its bytes are paced to', async () => {
    const { device, server, tail, order } = await pair('float32')
    const shape = { name: '0.5,20', rateMbps: 0.5, rttMs: 20 }
    const link = await openDataLink({ device, server, tail, shape }, never)
    const { session, token, dial } = link
    const bytes = 4 * 3 * 4 * 4 + frameHeaderBytes
    const { samples } = await device.cooperation.cooperate(
      { ...order, session, token, dial, seconds: 0, minIterations: 8 },
      () => {},
      never,
    )
    await link.close()
    const least = transmissionMs(bytes, shape) + 10
    for (const [i, answer] of samples.answerMs.entries()) {
      expect(answer - samples.serverMs[i]!).toBeGreaterThan(least - 0.2)
    }
  })

  it('is cancelled between two images, and can be done again', async () => {
    const { device, server, tail, order } = await pair()
    const abort = new AbortController()
    const link = await openDataLink({ device, server, tail, shape: null }, never)
    const { session, token, dial } = link
    const running = device.cooperation.cooperate(
      { ...order, session, token, dial, seconds: 60, minIterations: 10 },
      () => abort.abort(),
      abort.signal,
    )
    await expect(running).rejects.toMatchObject({ code: 'cancelled' })
    await link.close()
    const again = await openDataLink({ device, server, tail, shape: null }, never)
    const outcome = await device.cooperation.cooperate(
      { ...order, session: again.session, token: again.token, dial: again.dial, seconds: 0, minIterations: 5 },
      () => {},
      never,
    )
    expect(outcome.samples.wholeMs).toHaveLength(5)
    await again.close()
  })

  it.each([
    ['server', /closed the data link|is gone|SIGKILL/],
    ['device', /ended by SIGKILL/],
  ] as const)('ends clearly when the %s is killed', async (which, message) => {
    const { device, server, tail, order, deviceStore, serverStore } = await pair()
    const [pid] = childrenWith(which === 'server' ? serverStore : deviceStore) as [number]
    const link = await openDataLink({ device, server, tail, shape: null }, never)
    const { session, token, dial } = link
    const running = device.cooperation.cooperate(
      { ...order, session, token, dial, seconds: 60, minIterations: 10 },
      () => process.kill(pid, 'SIGKILL'),
      never,
    )
    await expect(running).rejects.toMatchObject({ code: 'device-failed', message: expect.stringMatching(message) })
    await link.close()
    const survivor = which === 'server' ? device : server
    expect((await survivor.conditions()).load1).not.toBeUndefined()
  })

  it('takes no connection without the token', async () => {
    const { device, server, tail, order } = await pair()
    const link = await openDataLink({ device, server, tail, shape: null }, never)
    const { session, dial } = link
    const running = device.cooperation.cooperate(
      { ...order, session, token: new Uint8Array(16), dial, seconds: 0, minIterations: 1 },
      () => {},
      never,
    )
    await expect(running).rejects.toMatchObject({
      code: 'device-failed',
      message: expect.stringMatching(/closed the data link/),
    })
    await link.close()
  })
})

describe('a server that lies', () => {
  let liar: Server | undefined
  afterEach(() => liar?.close())

  /** uint8, not packed (wire/codec.ts). */
  const codec = 3 << 8
  const answer = (serverMs: number, first = 0, classes = 4) =>
    encodeAnswer({ logits: Float32Array.from({ length: classes }, () => first), serverMs })

  it.each([
    [
      'with an answer to another frame',
      (frame: number) => encodeFrame({ frame: frame + 1, partition: 2, codec }, answer(0)),
      'protocol-violated',
      /an answer to frame/,
    ],
    [
      'of more classes than there are',
      (frame: number) => encodeFrame({ frame, partition: 2, codec }, answer(0, 0, 4000)),
      'protocol-violated',
      /announces/,
    ],
    [
      'of fewer',
      (frame: number) => encodeFrame({ frame, partition: 2, codec }, answer(0, 0, 2)),
      'protocol-violated',
      /bytes instead of/,
    ],
    [
      'with logits that are no numbers',
      (frame: number) => encodeFrame({ frame, partition: 2, codec }, answer(0, Number.NaN)),
      'protocol-violated',
      /no numbers/,
    ],
    [
      'with a negative time',
      (frame: number) => encodeFrame({ frame, partition: 2, codec }, answer(-1)),
      'protocol-violated',
      /no possible time/,
    ],
    [
      'with more time than passed',
      (frame: number) => encodeFrame({ frame, partition: 2, codec }, answer(1e6)),
      'protocol-violated',
      /worked for longer/,
    ],
    ['with something else', () => Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), 'protocol-violated', /not a frame/],
    ['by saying nothing', () => new Uint8Array(0), 'device-failed', /No answer over the data link/],
  ] as const)('%s is found out', async (_, reply, code, message) => {
    const { device, order } = await pair()
    const classes = order.split.classes
    liar = createServer((socket) => {
      const cutter = new FrameCutter(1e6)
      let begun = false
      socket.on('error', () => {})
      socket.on('data', (bytes) => {
        const rest = begun ? bytes : bytes.subarray(16)
        begun = true
        cutter.push(rest, ({ frame }) => void socket.write(reply(frame)))
      })
    })
    await new Promise<void>((resolve) => liar!.listen(0, '127.0.0.1', resolve))
    const { port } = liar.address() as { port: number }
    const running = device.cooperation.cooperate(
      {
        ...{ ...order, split: { ...order.split, classes }, session: 's', token: new Uint8Array(16) },
        ...{ dial: { way: 'tcp' as const, port }, seconds: 0, minIterations: 1, answerMs: 500 },
      },
      () => {},
      never,
    )
    await expect(running).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
    expect((await device.conditions()).governor).not.toBeUndefined()
  })
})

describe('a device that lies about inferences', () => {
  const honest = { wholeMs: [3], headMs: [1], encodeMs: [0.5], answerMs: [1.5], serverMs: [1] }
  const result = { samples: 1, images: 1, argmaxEqual: 1, clockResolutionMs: 1e-4 }
  const collector = (minIterations = 1) => new InferenceCollector({ seconds: 0, minIterations })

  it('is believed where it is possible', () => {
    const one = collector()
    one.add(honest)
    one.finish(result)
    expect(one.samples).toEqual(honest)
  })

  it.each([
    ['uneven parts', { ...honest, headMs: [1, 1] }, /differ in number/],
    ['parts that are not the whole', { ...honest, headMs: [2] }, /do not add up/],
    ['a server slower than its answer', { ...honest, serverMs: [2] }, /worked for longer/],
    ['more time than passed', { ...honest, wholeMs: [1e6], answerMs: [1e6 - 1.5] }, /clock cannot be right/],
  ])('%s', (_, batch, message) => {
    expect(() => collector().add(batch)).toThrow(message)
  })

  it.each([
    ['another count', { ...result, samples: 2 }, 1, /counts 2/],
    ['too few', result, 2, /ended after 1 of 2/],
    ['more equal than there are', { ...result, argmaxEqual: 2 }, 1, /more images equal/],
    ['a coarse clock', { ...result, clockResolutionMs: 1 }, 1, /too short to be timed/],
  ])('%s', (_, outcome, least, message) => {
    const one = collector(least)
    one.add(honest)
    expect(() => one.finish(outcome)).toThrow(message)
  })
})

describe('a link test', () => {
  it('finds what the bytes are paced to', async () => {
    const { device, server } = await pair()
    const shape = { name: '2,10', rateMbps: 2, rttMs: 10 }
    const { rateMbps, rttMs, way, messages } = await testLink({ device, server, shape, signal: never, onProgress() {} })
    expect(way).toBe('tcp')
    expect(new Set(messages.map(({ bytes }) => bytes)).size).toBeGreaterThanOrEqual(4)
    // Never faster than the pace; how much slower is this machine's business.
    expect(rateMbps).toBeLessThan(2.02)
    expect(rateMbps).toBeGreaterThan(1)
    expect(rttMs).toBeGreaterThan(9)
  })
})

const reach = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy()
      resolve()
    })
    socket.on('error', reject)
  })
