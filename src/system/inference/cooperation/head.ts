import type { Sight } from '#common/contract/live.ts'
import type { Split } from '#common/contract/split.ts'
import { CodedError } from '#common/errors.ts'
import { backwards, clockResolution } from '#common/measurement/clock.ts'
import { likeliest } from '#common/measurement/softmax.ts'
import { answerBytes, decodeAnswer } from '#common/wire/answer.ts'
import type { Features } from '#common/wire/codec.ts'
import { codecId, encodeFeatures } from '#common/wire/codec.ts'
import { compressors } from '../../compressors.ts'
import type { Session } from '../../onnxruntime.ts'
import { tensorMaker } from '../../onnxruntime.ts'
import { tolerances } from '../agreement.ts'
import type { CheckSet } from '../checkSet.ts'
import type { Machine } from '../machine.ts'
import type { Conversation } from './conversation.ts'

/** One image from ready to answered, in ms of this machine's monotonic clock; `serverMs` is the server's own word. */
export interface Inference {
  wholeMs: number
  headMs: number
  encodeMs: number
  /** From the payload being there to the logits being there: both ways and the server. */
  answerMs: number
  serverMs: number
}

/** How the logits compare with those that the trainer stored. */
export interface LogitsAgreement {
  images: number
  argmaxEqual: number
  error: number
}

export interface CooperationLoop {
  session: Session
  check: CheckSet
  split: Split
  conversation: Conversation
  rule: { seconds: number; minIterations: number; warmup: number }
  machine: Pick<Machine, 'clock' | 'stretch'>
  /** About ten times a second, or after every image where one takes longer; may wait. */
  onBlock(inferences: Inference[], sight: Sight): Promise<void> | void
  signal: AbortSignal
}

const blockMs = 100
const shownClasses = 3

/** What the server may be asked to answer with. */
export const maxAnswerBytes = (split: Split): number => answerBytes(split.classes)

export const frameHeaderOf = (split: Split, partition: number) => ({ partition, codec: codecId(split) })

/**
 * Infers with the server, batch 1, one image in flight: the next head does not start before the logits are there.
 * Throws `timing-refused` for a clock that stands still or runs backwards, and what the conversation throws.
 */
export async function cooperationLoop(
  loop: CooperationLoop,
): Promise<LogitsAgreement & { samples: number; clockResolutionMs: number }> {
  const { session, check, split, conversation, rule, machine, signal } = loop
  const { clock } = machine
  const clockResolutionMs = clockResolution(clock)
  const asTensor = await tensorMaker()
  const feeds = check.images.map((image) => ({ [session.input]: asTensor(image, check.imageShape) }))
  const fetches = [session.output]
  const agreement = new Agreement(check)
  let seen: { image: number; logits: Float32Array } = { image: 0, logits: new Float32Array(split.classes) }
  const sight = (): Sight => ({ image: seen.image, top: likeliest(seen.logits, shownClasses) })

  const infer = async (image: number): Promise<Inference> => {
    const start = clock()
    const result = await session.session.run(feeds[image]!, fetches)
    await machine.stretch(clock() - start)
    const computed = clock()
    const payload = encodeFeatures(result[session.output]!.data as Features, split, compressors)
    await machine.stretch(clock() - computed)
    const encoded = clock()
    const answer = decodeAnswer(await conversation.ask(payload), split.classes)
    const end = clock()
    const answerMs = end - encoded
    if (!(computed >= start && encoded >= computed && answerMs >= 0)) throw backwards()
    if (answer.serverMs > answerMs * 1.01 + 0.1) {
      throw new CodedError('protocol-violated', 'The server claims to have worked for longer than its answer took.')
    }
    agreement.add(image, answer.logits)
    seen = { image, logits: answer.logits }
    const { serverMs } = answer
    return { wholeMs: end - start, headMs: computed - start, encodeMs: encoded - computed, answerMs, serverMs }
  }

  let iteration = 0
  const next = (): Promise<Inference> => {
    if (signal.aborted) throw new CodedError('cancelled', 'Cancelled.')
    return infer(iteration++ % feeds.length)
  }
  for (let i = 0; i < rule.warmup; i++) await next()
  const start = clock()
  let samples = 0
  let block: Inference[] = []
  let blockStart = start
  while (samples < rule.minIterations || clock() - start < rule.seconds * 1000) {
    block.push(await next())
    samples++
    if (clock() - blockStart < blockMs) continue
    await loop.onBlock(block, sight())
    block = []
    blockStart = clock()
  }
  if (block.length > 0) await loop.onBlock(block, sight())
  return { samples, clockResolutionMs, ...agreement.result }
}

/** Two classes whose logits are closer than what two correct runtimes may differ by are a tie. */
class Agreement {
  readonly #expected: CheckSet['logits']
  readonly #scale: number
  readonly #equal = new Map<number, boolean>()
  #largest = 0

  constructor({ logits }: CheckSet) {
    this.#expected = logits
    this.#scale = Math.max(...logits.map((values) => Math.max(...Array.from(values, Math.abs)))) || 1
  }

  add(image: number, logits: Float32Array): void {
    const expected = this.#expected[image]!
    for (let i = 0; i < logits.length; i++) {
      this.#largest = Math.max(this.#largest, Math.abs(logits[i]! - expected[i]!))
    }
    const gap = expected[argmax(expected)]! - expected[argmax(logits)]!
    const equal = gap <= 2 * tolerances.float * this.#scale
    this.#equal.set(image, equal && this.#equal.get(image) !== false)
  }

  get result(): LogitsAgreement {
    const equal = [...this.#equal.values()].filter(Boolean).length
    return { images: this.#equal.size, argmaxEqual: equal, error: this.#largest / this.#scale }
  }
}

function argmax(values: ArrayLike<number>): number {
  let best = 0
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i
  return best
}
