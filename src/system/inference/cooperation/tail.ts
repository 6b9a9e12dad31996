import { timingSafeEqual } from 'node:crypto'
import type { Socket } from 'node:net'
import { maxFrameBytes, tokenBytes } from '#common/contract/cooperation.ts'
import type { Split } from '#common/contract/split.ts'
import { CodedError, toErrorShape } from '#common/errors.ts'
import { encodeAnswer } from '#common/wire/answer.ts'
import type { Features } from '#common/wire/codec.ts'
import { codecId, decodeFeatures, elementsOf, encodeFeatures, mostPayloadBytes } from '#common/wire/codec.ts'
import type { FrameHeader } from '#common/wire/header.ts'
import { encodeFrame, FrameCutter } from '#common/wire/message.ts'
import { compressors } from '../../compressors.ts'
import type { Session, TensorData } from '../../onnxruntime.ts'
import { tensorMaker } from '../../onnxruntime.ts'
import type { Machine } from '../machine.ts'
import type { DataEnd } from './dataEnd.ts'
import { listenOnLoopback, socketEnd } from './dataEnd.ts'

/** What answers a frame: the answer's payload. */
type Responder = (header: FrameHeader, payload: Uint8Array) => Promise<Uint8Array>

/** Frames that may wait: a device has one in flight, and who sends without waiting must not fill the memory. */
const maxWaiting = 16
const tokenDeadlineMs = 10_000
const warmupRuns = 3

/** Decoding and tail of one image, timed; warmed up, so that the first answer is not the slowest. */
export async function tailResponder(
  { session, input, output }: Session,
  split: Split,
  machine: Pick<Machine, 'clock' | 'stretch'>,
): Promise<Responder> {
  const asTensor = await tensorMaker()
  const shape = [1, ...split.features.shape]
  const fetches = [output]
  const codec = codecId(split)
  const run = async (payload: Uint8Array): Promise<{ logits: Float32Array; serverMs: number }> => {
    const start = machine.clock()
    const features = decodeFeatures(payload, split, compressors) as TensorData
    const result = (await session.run({ [input]: asTensor(features, shape) }, fetches))[output]!
    await machine.stretch(machine.clock() - start)
    return { logits: result.data as Float32Array, serverMs: machine.clock() - start }
  }
  const zeros = encodeFeatures(blank(split), split, compressors)
  for (let i = 0; i < warmupRuns; i++) await run(zeros)
  return async (header, payload) => {
    if (header.codec !== codec) throw new CodedError('protocol-violated', 'A frame is of another codec.')
    return encodeAnswer(await run(payload))
  }
}

const arrays = { float32: Float32Array, uint16: Uint16Array, uint8: Uint8Array } as const

const blank = (split: Split): Features => new arrays[split.features.type](elementsOf(split))

const nothing = new Uint8Array(0)
/** For measuring a link: the answer is a header and no more. */
export const echoResponder: Responder = async () => nothing

/** One data link's server side. */
export class TailService {
  answered = 0
  failure: string | null = null
  readonly #respond: Responder
  readonly #token: Uint8Array
  readonly #maxPayload: number
  readonly #open = new Set<{ close(): void }>()
  #taken = false

  constructor(respond: Responder, token: Uint8Array, split: Split | null) {
    this.#respond = respond
    this.#token = token
    this.#maxPayload = split ? mostPayloadBytes(split) : maxFrameBytes
  }

  /** Takes the first connection that begins with the token; returns the port. */
  async listen(): Promise<number> {
    const { server, port } = await listenOnLoopback((socket: Socket) => {
      if (this.#taken || this.#open.size > maxWaiting) return void socket.destroy()
      const end = socketEnd(socket)
      this.#open.add(end)
      end.onClose(() => this.#open.delete(end))
      this.serve(end)
    })
    this.#open.add({ close: () => void server.close() })
    return port
  }

  /** Reads the token, then answers frames one after the other. */
  serve(end: DataEnd): void {
    this.#open.add(end)
    const cutter = new FrameCutter(this.#maxPayload)
    const begun: Uint8Array[] = []
    const deadline = setTimeout(() => end.close(), tokenDeadlineMs)
    let waiting = 0
    let last: Promise<void> = Promise.resolve()
    const fail = (error: unknown): void => {
      this.failure ??= toErrorShape(error).message
      end.close()
    }
    const frames = (bytes: Uint8Array): void => {
      try {
        cutter.push(bytes, (header, payload) => {
          if (++waiting > maxWaiting)
            throw new CodedError('protocol-violated', 'Frames come without waiting for answers.')
          last = last.then(async () => {
            if (this.failure !== null) return
            const answer = await this.#respond(header, payload)
            end.send(encodeFrame(header, answer))
            this.answered++
            waiting--
          }, fail)
          last.catch(fail)
        })
      } catch (error) {
        fail(error)
      }
    }
    end.onBytes((bytes) => {
      begun.push(bytes)
      const all = Buffer.concat(begun)
      if (all.length < tokenBytes) return
      clearTimeout(deadline)
      if (this.#taken || !timingSafeEqual(all.subarray(0, tokenBytes), this.#token)) return end.close()
      this.#taken = true
      end.onBytes(frames)
      if (all.length > tokenBytes) frames(all.subarray(tokenBytes))
    })
    end.onClose(() => {
      clearTimeout(deadline)
      this.#open.delete(end)
    })
  }

  close(): void {
    for (const one of [...this.#open]) one.close()
    this.#open.clear()
  }
}
