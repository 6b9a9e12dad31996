import type { Side } from '#common/contract/inference.ts'
import type { Split } from '#common/contract/split.ts'
import type { Clock } from '#common/measurement/clock.ts'
import type { Sample } from '#common/measurement/timingLoop.ts'
import type { Features } from '#common/wire/codec.ts'
import { decodeFeatures, encodeFeatures } from '#common/wire/codec.ts'
import type { Session, TensorData } from '../onnxruntime.ts'
import { tensorMaker } from '../onnxruntime.ts'
import type { CheckSet } from './checkSet.ts'

/** A side of a split at work on the images of its check set, batch 1. */
export interface RunningSide {
  /** What the trainer computed, per image. */
  expected: TensorData[]
  /** The side's output for one image, through the byte codec where that comes before the model. */
  output(image: number): Promise<TensorData>
  /** One timed run on image `iteration` modulo their number. */
  run(iteration: number): Promise<Sample>
}

/** Head: the image is there already when the clock starts; the features count when they are bytes. */
export async function headSide(
  { session, input, output }: Session,
  check: CheckSet,
  split: Split,
  clock: Clock,
): Promise<RunningSide> {
  const asTensor = await tensorMaker()
  const feeds = check.images.map((image) => ({ [input]: asTensor(image, check.imageShape) }))
  const fetches = [output]
  return {
    expected: check.features,
    output: async (image) => (await session.run(feeds[image]!, fetches))[output]!.data as TensorData,
    async run(iteration) {
      const feed = feeds[iteration % feeds.length]!
      const start = clock()
      const result = await session.run(feed, fetches)
      const computed = clock()
      encodeFeatures(result[output]!.data as Features, split)
      const encoded = clock()
      return { modelMs: computed - start, codecMs: encoded - computed }
    },
  }
}

/** Tail: the clock starts when the bytes are there and stops when the logits are. */
export async function tailSide(
  { session, input, output }: Session,
  check: CheckSet,
  split: Split,
  clock: Clock,
): Promise<RunningSide> {
  const payloads = check.features.map((features) => encodeFeatures(features, split))
  const asTensor = await tensorMaker()
  const fetches = [output]
  const infer = async (features: TensorData): Promise<TensorData> =>
    (await session.run({ [input]: asTensor(features, check.featureShape) }, fetches))[output]!.data as TensorData
  return {
    expected: check.logits,
    output: (image) => infer(decodeFeatures(payloads[image]!, split)),
    async run(iteration) {
      const payload = payloads[iteration % payloads.length]!
      const start = clock()
      const features = decodeFeatures(payload, split)
      const decoded = clock()
      await infer(features)
      const computed = clock()
      return { modelMs: computed - decoded, codecMs: decoded - start }
    },
  }
}

export const runningSide = (
  side: Side,
  session: Session,
  check: CheckSet,
  split: Split,
  clock: Clock,
): Promise<RunningSide> => (side === 'head' ? headSide : tailSide)(session, check, split, clock)
