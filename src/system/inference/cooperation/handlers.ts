import type { Connection } from '#common/contract/channel.ts'
import type { Dial } from '#common/contract/cooperation.ts'
import type { InferenceContract } from '#common/contract/inference.ts'
import type { Handlers } from '#common/contract/rpc.ts'
import { CodedError } from '#common/errors.ts'
import { readCheckSet } from '../checkSet.ts'
import type { Machine } from '../machine.ts'
import type { SessionCache } from '../sessions.ts'
import type { ContentStore } from '../store.ts'
import { converse } from './conversation.ts'
import type { DataEnd } from './dataEnd.ts'
import { dialPort, Relay } from './dataEnd.ts'
import { cooperationLoop, frameHeaderOf, maxAnswerBytes } from './head.ts'
import { echoResponder, TailService, tailResponder } from './tail.ts'

type Requests = 'serveTail' | 'endTail' | 'data' | 'cooperate' | 'probeLink'

/** A server holds few data links at once; each takes a port or memory. */
const maxServices = 8

export interface CooperationHost {
  connection: Connection
  store: ContentStore
  sessions: SessionCache
  machine: Machine
  /** Work that needs the machine for itself. */
  inTurn<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>
}

/** The requests of contract/cooperation.ts, for both ends. */
export function cooperationHandlers(host: CooperationHost): Pick<Handlers<InferenceContract>, Requests> {
  const { connection, store, sessions, machine, inTurn } = host
  const { clock } = machine
  const relay = new Relay(connection)
  const services = new Map<string, TailService>()
  connection.onClose(() => {
    for (const service of services.values()) service.close()
  })

  const dial = (how: Dial, session: string, signal: AbortSignal): Promise<DataEnd> | DataEnd =>
    how.way === 'tcp' ? dialPort(how.port, signal) : relay.open(session)

  return {
    async serveTail({ session, token, tail, listen }) {
      if (services.has(session) || services.size >= maxServices) {
        throw new CodedError('protocol-violated', 'The data link is there already, or there are too many.')
      }
      const respond = tail
        ? await tailResponder(await sessions.get(tail.model, tail.threads), tail.split, machine)
        : echoResponder
      const service = new TailService(respond, token, tail?.split ?? null)
      services.set(session, service)
      if (listen === 'tcp') return { port: await service.listen() }
      service.serve(relay.open(session))
      return { port: null }
    },
    async endTail({ session }) {
      const service = services.get(session)
      services.delete(session)
      service?.close()
      return { answered: service?.answered ?? 0, failure: service?.failure ?? null }
    },
    data(received) {
      relay.receive(received)
      return {}
    },
    cooperate: (request, signal) =>
      inTurn(signal, async () => {
        const { session, token, split, partition, answerMs, seconds, minIterations, warmup } = request
        const check = readCheckSet(await store.read(request.check), split)
        const head = await sessions.get(request.model, request.threads)
        const end = await dial(request.dial, session, signal)
        const header = frameHeaderOf(split, partition)
        const conversation = converse({ end, token, header, maxAnswer: maxAnswerBytes(split), answerMs, signal })
        try {
          const before = await machine.conditions()
          const outcome = await cooperationLoop({
            session: head,
            check,
            split,
            conversation,
            rule: { seconds, minIterations, warmup },
            machine,
            signal,
            async onBlock(inferences, sight) {
              connection.emit('inferences', {
                session,
                wholeMs: inferences.map(({ wholeMs }) => wholeMs),
                headMs: inferences.map(({ headMs }) => headMs),
                encodeMs: inferences.map(({ encodeMs }) => encodeMs),
                answerMs: inferences.map(({ answerMs }) => answerMs),
                serverMs: inferences.map(({ serverMs }) => serverMs),
                sight,
              })
              await connection.drained()
            },
          })
          return { ...outcome, before, after: await machine.conditions() }
        } finally {
          conversation.close()
        }
      }),
    probeLink: (request, signal) =>
      inTurn(signal, async () => {
        const { session, token, sizes, answerMs } = request
        const end = await dial(request.dial, session, signal)
        const header = { partition: 0, codec: 0 }
        const conversation = converse({ end, token, header, maxAnswer: 0, answerMs, signal })
        try {
          const roundTripMs: number[] = []
          for (const bytes of sizes) {
            const payload = new Uint8Array(bytes)
            const start = clock()
            await conversation.ask(payload)
            roundTripMs.push(clock() - start)
          }
          return { roundTripMs }
        } finally {
          conversation.close()
        }
      }),
  }
}
