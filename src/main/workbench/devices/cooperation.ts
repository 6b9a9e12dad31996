import type { Dial } from '#common/contract/cooperation.ts'
import type { InferenceContract } from '#common/contract/inference.ts'
import type { Sight } from '#common/contract/live.ts'
import type { Conditions } from '#common/contract/result.ts'
import type { Client } from '#common/contract/rpc.ts'
import type { Split } from '#common/contract/split.ts'
import type { CodedError } from '#common/errors.ts'
import { assertPossible } from './claimedTime.ts'
import type { Inferences } from './inferenceCollector.ts'
import { InferenceCollector } from './inferenceCollector.ts'
import { printableDeep } from './printable.ts'

/** A data link as both ends know it. */
export interface LinkKey {
  session: string
  token: Uint8Array<ArrayBuffer>
}

export interface CooperationOrder extends LinkKey {
  model: string
  check: string
  split: Split
  threads: number
  /** Index of the partition point in the network's list. */
  partition: number
  dial: Dial
  seconds: number
  minIterations: number
  warmup: number
  /** An answer that takes longer is given up. */
  answerMs: number
}

export interface CooperationOutcome {
  samples: Inferences
  images: number
  argmaxEqual: number
  /** Of the logits, relative to the largest. */
  error: number
  before: Conditions
  after: Conditions
  clockResolutionMs: number
}

/** What a device does in real cooperative inference: as the head's side, or as the server. */
export interface Cooperation {
  /** Begins to answer; returns the loopback port there, null where the bytes are relayed. */
  serveTail(
    key: LinkKey,
    tail: { model: string; split: Split; threads: number } | null,
    listen: 'tcp' | 'relay',
    signal: AbortSignal,
  ): Promise<number | null>
  /** Why it ended before, if it did. Never fails: the device may be gone by then. */
  endTail(session: string): Promise<string | null>
  /** `onInferences` gets every batch as it arrives, with what came of its last image where the agent tells. */
  cooperate(
    order: CooperationOrder,
    onInferences: (batch: Inferences, sight: Sight | undefined) => void,
    signal: AbortSignal,
  ): Promise<CooperationOutcome>
  /** Round trips in ms of frames with so many bytes of payload, in this order. */
  probeLink(order: LinkKey & { dial: Dial; sizes: number[]; answerMs: number }, signal: AbortSignal): Promise<number[]>
  /** Bytes for a relayed data link; those from it go to the listener of the session. */
  sendData(session: string, bytes: Uint8Array): Promise<void>
  onData(session: string, listener: (bytes: Uint8Array) => void): () => void
}

interface Ways {
  /** Of the device, for messages. */
  name: string
  request: Client<InferenceContract>['request']
  /** As `request`, with the deadlines of device.ts; `heard` is given a function that starts the silence anew. */
  listening(heard: (alive: () => void) => void): Client<InferenceContract>['request']
  on: Client<InferenceContract>['on']
  /** Ends the connection with this error: the device broke the protocol. */
  give(error: unknown): void
  violated(what: string): CodedError
}

export function cooperationOf({ name, request, listening, on, give, violated }: Ways): Cooperation {
  return {
    serveTail: async ({ session, token }, tail, listen, signal) => {
      const { port } = await request('serveTail', { session, token, tail, listen }, signal)
      if ((port === null) !== (listen === 'relay')) throw violated('serves on another way than it was told')
      return port
    },
    endTail: async (session) =>
      request('endTail', { session }).then(
        ({ failure }) => (failure === null ? null : printableDeep(failure)),
        () => null,
      ),
    async cooperate(order, onInferences, signal) {
      const collector = new InferenceCollector(order)
      let alive = (): void => {}
      const stop = on('inferences', ({ session, sight, ...batch }) => {
        if (session !== order.session) return
        try {
          collector.add(batch)
          alive()
          onInferences(batch, sight)
        } catch (error) {
          give(error)
        }
      })
      try {
        const call = listening((listener) => {
          alive = listener
        })
        const result = await call('cooperate', order, signal)
        collector.finish(result)
        const { images, argmaxEqual, error, clockResolutionMs } = result
        const [before, after] = [printableDeep(result.before), printableDeep(result.after)]
        return { samples: collector.samples, images, argmaxEqual, error, before, after, clockResolutionMs }
      } finally {
        stop()
      }
    },
    async probeLink(order, signal) {
      const began = performance.now()
      const { roundTripMs } = await request('probeLink', order, signal)
      if (roundTripMs.length !== order.sizes.length)
        throw violated('measured another number of messages than was asked')
      assertPossible(
        name,
        roundTripMs.reduce((sum, one) => sum + one, 0),
        performance.now() - began,
      )
      return roundTripMs
    },
    sendData: async (session, bytes) => void (await request('data', { session, bytes: Uint8Array.from(bytes) })),
    onData: (session, listener) =>
      on('data', (data) => {
        if (data.session === session) listener(data.bytes)
      }),
  }
}
