import type { Side } from '#common/contract/inference.ts'
import type { Split } from '#common/contract/split.ts'
import type { Clock } from '#common/measurement/clock.ts'
import type { Sample } from '#common/measurement/timingLoop.ts'
import type { Features } from '#common/wire/codec.ts'
import { decodeFeatures, encodeFeatures } from '#common/wire/codec.ts'
import { compressors } from '../compressors.ts'
import type { Session, TensorData } from '../onnxruntime.ts'
import { tensorMaker } from '../onnxruntime.ts'
import type { CheckSet } from './checkSet.ts'

/** A side of a split at work on the images of its check set. */
export interface RunningSide {
  /** What the trainer computed, per image. */
  expected: TensorData[]
  /** The side's output for one image, through the byte codec where that comes before the model. */
  output(image: number): Promise<TensorData>
  /** One timed run on the next `batch` images of the check set, beginning with `iteration` modulo their number. */
  run(iteration: number): Promise<Sample>
}

/** How a side is put to work. */
export interface SideOptions {
  split: Split
  /** Images per timed run. */
  batch: number
  clock: Clock
}

/** Head: the image is there already when the clock starts; the features count when they are bytes. */
export async function headSide(
  { session, input, output }: Session,
  check: CheckSet,
  { split, batch, clock }: SideOptions,
): Promise<RunningSide> {
  const asTensor = await tensorMaker()
  const feeds = check.images.map((image) => ({ [input]: asTensor(image, check.imageShape) }))
  const timed =
    batch === 1
      ? feeds
      : check.images.map((_, first) => ({
          [input]: asTensor(joined(check.images, first, batch), [batch, ...check.imageShape.slice(1)]),
        }))
  const fetches = [output]
  return {
    expected: check.features,
    output: async (image) => (await session.run(feeds[image]!, fetches))[output]!.data as TensorData,
    async run(iteration) {
      const feed = timed[iteration % timed.length]!
      const start = clock()
      const features = (await session.run(feed, fetches))[output]!.data as Features
      const computed = clock()
      if (batch === 1) encodeFeatures(features, split, compressors)
      else {
        const elements = features.length / batch
        for (let i = 0; i < batch; i++)
          encodeFeatures(features.subarray(i * elements, (i + 1) * elements), split, compressors)
      }
      const encoded = clock()
      return { modelMs: computed - start, codecMs: encoded - computed }
    },
  }
}

/** Tail: the clock starts when the bytes are there and stops when the logits are. */
export async function tailSide(
  { session, input, output }: Session,
  check: CheckSet,
  { split, batch, clock }: SideOptions,
): Promise<RunningSide> {
  const payloads = check.features.map((features) => encodeFeatures(features, split, compressors))
  const asTensor = await tensorMaker()
  const fetches = [output]
  const infer = async (features: TensorData, count: number): Promise<TensorData> => {
    const feed = { [input]: asTensor(features, [count, ...check.featureShape.slice(1)]) }
    return (await session.run(feed, fetches))[output]!.data as TensorData
  }
  return {
    expected: check.logits,
    // What the trainer computed came from exactly these features: a lossy codec would not hand them over.
    output: (image) => {
      const received = decodeFeatures(payloads[image]!, split, compressors)
      return infer(split.lossy ? check.features[image]! : received, 1)
    },
    async run(iteration) {
      const start = clock()
      const features =
        batch === 1
          ? decodeFeatures(payloads[iteration % payloads.length]!, split, compressors)
          : joined(
              Array.from({ length: batch }, (_, i) =>
                decodeFeatures(payloads[(iteration + i) % payloads.length]!, split, compressors),
              ),
              0,
              batch,
            )
      const decoded = clock()
      await infer(features, batch)
      const computed = clock()
      return { modelMs: computed - decoded, codecMs: decoded - start }
    },
  }
}

/** `count` arrays from `first` on, around the end where there are fewer, as one. */
function joined<T extends TensorData>(parts: readonly T[], first: number, count: number): T {
  const length = parts[0]!.length
  const Type = parts[0]!.constructor as new (length: number) => T
  const all = new Type(length * count)
  for (let i = 0; i < count; i++) all.set(parts[(first + i) % parts.length]!, i * length)
  return all
}

export const runningSide = (
  side: Side,
  session: Session,
  check: CheckSet,
  options: SideOptions,
): Promise<RunningSide> => (side === 'head' ? headSide : tailSide)(session, check, options)
