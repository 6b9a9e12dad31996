import { encode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { encodeMessage, MessageCutter } from '#common/contract/frames.ts'
import type { Transport } from '../../src/main/workbench/devices/transport.ts'
import { channelPair } from './channelPair.ts'

/** What the agent does about one request. `at`: which of the honest answer's values is spoilt. */
export type Deed =
  | { kind: 'honest' }
  | { kind: 'spoilt'; at: number; value: unknown }
  | { kind: 'event'; event: string; at: number; value: unknown }
  | { kind: 'failure'; code: string; message: string }
  | { kind: 'message'; value: unknown }
  | { kind: 'bytes'; bytes: Uint8Array }
  | { kind: 'end' }
  | { kind: 'silence' }

const evil = '\u001b[2J\u001b]0;owned\u0007\u202egood'
const value = fc.oneof(
  fc.constantFrom<unknown[]>(
    ...[Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 1e308, -0.5, 1e9, 2 ** 53, true, null, '', evil, '../../../x'],
    ...['/etc/passwd', evil.repeat(500), [], {}, [Number.NaN], new Uint8Array(3), { __proto__: null, length: -1 }],
  ),
  fc.double(),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.array(fc.integer(), { maxLength: 4 }),
)
const at = fc.nat(100)
const events = ['samples', 'conditions', 'waiting', 'inferences', 'data', 'work', 'nonsense']

export const deeds: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Deed>({ kind: 'honest' }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('spoilt' as const), at, value }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('event' as const), event: fc.constantFrom(...events), at, value }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('failure' as const),
      code: fc.oneof(fc.constantFrom('disk-full', 'cancelled', 'internal', 'bad-usage', 'constructor'), fc.string()),
      message: fc.oneof(fc.constant(evil), fc.string({ unit: 'binary' })),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('message' as const), value: fc.oneof(value, fc.object()) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('bytes' as const), bytes: fc.uint8Array({ maxLength: 40 }) }) },
  { weight: 1, arbitrary: fc.constant<Deed>({ kind: 'end' }) },
  { weight: 1, arbitrary: fc.constant<Deed>({ kind: 'silence' }) },
)

const conditions = { clockMhz: 1500, temperatureC: 40, throttled: evil, governor: evil, load1: 0 }
type Params = Record<string, unknown> & { seconds?: number; rule?: { seconds: number } }
const readings = [0, 1, 2, 3].map((atMs) => ({ atMs, watts: 3 }))

/** What an honest agent would answer, as far as the schemas and the plausible go. */
const answers: Record<string, (params: Params) => unknown> = {
  hello: () => ({
    ...{ arch: 'arm64', os: evil, cpu: evil, cores: 4, memoryBytes: 1e9, board: evil, kernel: evil },
    ...{ runtime: evil, agent: evil, emulated: false },
  }),
  conditions: () => conditions,
  missing: ({ hashes }) => ({ files: (hashes as string[]).map((hash) => ({ hash, received: 0 })) }),
  push: () => ({ received: 1 }),
  check: () => ({ ok: true, error: 0, maxLevels: 0, reason: null }),
  time: () => ({
    sides: [{ samples: 40, warmup: 1, steady: true }],
    ...{ before: conditions, after: conditions, clockResolutionMs: 1e-4 },
  }),
  profile: () => ({ runs: 40, nodes: [{ name: evil, operator: evil, meanMs: 0.01, errorMs: 0 }] }),
  powerMeter: () => ({ meter: evil, watts: 3 }),
  energy: () => ({ meter: evil, idle: readings, active: readings, runs: 10, runMs: 1, readMs: 1 }),
  serveTail: ({ listen }) => ({ port: listen === 'tcp' ? 9 : null }),
  endTail: () => ({ answered: 1, failure: evil }),
  data: () => ({}),
  cooperate: () => ({
    ...{ samples: 40, argmaxEqual: 16, images: 16, error: 0, clockResolutionMs: 1e-4 },
    ...{ before: conditions, after: conditions },
  }),
  probeLink: ({ sizes }) => ({ roundTripMs: (sizes as number[]).map(() => 0.1) }),
}

const ofForty = (ms: number): number[] => Array(40).fill(ms)
const said: Record<string, (params: Params) => unknown> = {
  samples: ({ timing }) => ({ timing, side: 0, round: 0, atMs: 0, modelMs: ofForty(1), codecMs: ofForty(0) }),
  conditions: ({ timing }) => ({ timing, atMs: 0, conditions }),
  waiting: () => ({ pid: 1, since: evil }),
  inferences: ({ session }) => ({
    ...{ session, wholeMs: ofForty(1), headMs: ofForty(0.5), encodeMs: ofForty(0), answerMs: ofForty(0.5) },
    serverMs: ofForty(0.1),
  }),
  data: ({ session }) => ({ session, bytes: new Uint8Array(10) }),
  work: ({ session }) => ({ session }),
  nonsense: () => ({ a: 1 }),
}

/** With the `at`-th value in it (containers count) replaced. */
export function spoil(tree: unknown, index: number, value: unknown): unknown {
  let count = 0
  const size = JSON.stringify(tree).match(/[:[,]/g)?.length ?? 1
  const walk = (node: unknown): unknown => {
    if (count++ === index % (size + 1)) return value
    if (Array.isArray(node)) return node.map(walk)
    if (node === null || typeof node !== 'object' || node instanceof Uint8Array) return node
    return Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, walk(inner)]))
  }
  return walk(tree)
}

/** An agent in memory that does the deeds in turn, one a request, and greets honestly unless `rude`. */
export function wildTransport(plan: readonly Deed[], rude: boolean): Transport {
  return {
    name: 'board',
    kind: 'ssh',
    async open() {
      const [near, far] = channelPair()
      const cutter = new MessageCutter()
      const left = [...plan]
      const send = (bytes: Uint8Array): void => void far.send(bytes).catch(() => {})
      const frame = (message: unknown): void => {
        // What the protocol cannot say (undefined, a cycle) is not sent.
        try {
          send(encodeMessage(message))
        } catch {
          send(encode(null))
        }
      }
      const answer = (id: number, method: string, params: Params): void => {
        const deed = !rude && method === 'hello' ? { kind: 'honest' as const } : (left.shift() ?? { kind: 'honest' })
        const honest = answers[method]?.(params) ?? {}
        const due = 1000 * (params.seconds ?? params.rule?.seconds ?? 0)
        const events = method === 'time' ? ['samples'] : method === 'cooperate' ? ['inferences'] : []
        const finish = (result: unknown): void => {
          for (const event of events) frame({ kind: 'event', event, data: said[event]!(params) })
          setTimeout(() => frame({ kind: 'answer', id, result }), due)
        }
        switch (deed.kind) {
          case 'honest':
            finish(honest)
            break
          case 'spoilt':
            finish(spoil(honest, deed.at, deed.value))
            break
          case 'event':
            frame({ kind: 'event', event: deed.event, data: spoil(said[deed.event]!(params), deed.at, deed.value) })
            finish(honest)
            break
          case 'failure':
            frame({ kind: 'failure', id, error: { code: deed.code, message: deed.message, hint: evil } })
            break
          case 'message':
            frame(deed.value)
            break
          case 'bytes':
            send(deed.bytes)
            break
          case 'end':
            far.close()
            break
          case 'silence':
            break
        }
      }
      far.onBytes((bytes) =>
        cutter.push(bytes, (message) => {
          const { kind, id, method, params } = message as { kind: string; id: number; method: string; params: Params }
          if (kind === 'request') answer(id, method, params)
        }),
      )
      return {
        onBytes: (listener) => near.onBytes(listener),
        onClose: (listener) => near.onClose(listener),
        send: (bytes) => near.send(bytes),
        stderrTail: () => evil,
        exit: () => null,
        close: async () => near.close(),
        kill: () => near.close(),
      }
    },
  }
}
