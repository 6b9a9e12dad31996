import type { CodecConfig } from '#common/contract/config.ts'
import type { PartitionPoint } from '#common/network/partition.ts'
import { partitionPoints } from '#common/network/partition.ts'
import { isNonNegative } from '#common/network/sign.ts'
import type { Model } from '#common/network/weights.ts'
import type { FitOptions, Lab, Staged } from '../frameworks/lab.ts'
import type { Codec } from './insert.ts'
import { codecLayers } from './insert.ts'
import { startAtFeatures } from './start.ts'

/** What recipes with a learned codec have in common: where it goes, how wide it is, and how it is trained. */

/** The internal points at which a comparison tries codecs. */
export const codecCuts = (
  points: readonly PartitionPoint[],
  { points: wanted }: Pick<CodecConfig, 'points'>,
): PartitionPoint[] =>
  points.filter(
    ({ name, shape }) =>
      name !== 'input' && name !== 'output' && shape.channels > 1 && (wanted === null || wanted.includes(name)),
  )

/** The channels of the code for every share of those at the point; equal counts once. */
export const codeWidths = (channels: number, { widths }: CodecConfig): { share: number; width: number }[] =>
  widths
    .map((share) => ({ share, width: Math.max(1, Math.round(channels * share)) }))
    .filter(({ width }, index, all) => all.findIndex((one) => one.width === width) === index)

/** "C/8": the same word at every point, so that a chart joins them. */
export const shareName = (share: number): string => `C/${Number((1 / share).toPrecision(3))}`

/**
 * A codec in a model: what `before` has learned stays, what is new (a wire, say) starts from its seed. A decoder that ends
 * in a ReLU loses it where the point's own features may be negative (behind MobileNetV2's linear bottlenecks): it could
 * not give them back.
 */
export function withCodec(lab: Lab, base: Model, point: string, codec: Codec, key: string, before?: Model): Model {
  const signed = !isNonNegative(base.network, pointLayer(base, point))
  const rectified = codec.decoder.at(-1)?.op === 'relu'
  const fitting = signed && rectified ? { ...codec, decoder: codec.decoder.slice(0, -1) } : codec
  const start = lab.insert(base, point, fitting, key)
  if (!before) return start
  const weights = new Map([...start.weights].map(([name, values]) => [name, before.weights.get(name) ?? values]))
  return { network: start.network, weights }
}

const pointLayer = ({ network }: Model, point: string): string =>
  partitionPoints(network).find(({ name }) => name === point)!.layer

/** Trains the codec alone on the cached features of its point. */
export const fitCodec = (
  lab: Lab,
  model: Model,
  point: PartitionPoint,
  { restore, teacher, ...training }: Pick<FitOptions, 'epochs' | 'rate' | 'stream' | 'restore' | 'teacher'>,
): Promise<Model> =>
  lab.fit(model, {
    layers: codecLayers(model.network, point.name),
    from: point.layer,
    ...training,
    ...(restore === undefined ? {} : { restore }),
    ...(teacher && { teacher }),
  })

/** The first phase of a codec that nothing has trained yet: it starts at the features of its point. */
export const fitNewCodec = async (
  lab: Lab,
  model: Model,
  point: PartitionPoint,
  options: Parameters<typeof fitCodec>[3],
): Promise<Model> => fitCodec(lab, await startAtFeatures(lab, model, point), point, options)

/**
 * The last phase of every recipe: all weights together, where the profile has epochs for it. The better one on the
 * validation images stays.
 */
export async function fitTogether(
  lab: Lab,
  from: Staged,
  key: string,
  { jointEpochs, jointRate }: CodecConfig,
  teacher?: Model,
): Promise<Staged> {
  if (jointEpochs === 0) return from
  const joint = await lab.stage(`${key}/joint`, () =>
    lab.fit(from.model, {
      layers: from.model.network.layers.map(({ name }) => name),
      epochs: jointEpochs,
      rate: jointRate,
      stream: `${key}/joint`,
      ...(teacher && { teacher }),
    }),
  )
  return joint.validationAccuracy >= from.validationAccuracy ? joint : from
}
