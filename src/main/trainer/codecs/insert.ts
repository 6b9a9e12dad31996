import type { Layer, Network } from '#common/network/graph.ts'
import type { PartitionPoint } from '#common/network/partition.ts'
import type { Model } from '#common/network/weights.ts'
import { initialise } from '../training/initialise.ts'

/** A layer of a codec before it has a place: its name follows from its side, its input is the layer before it. */
type Placed<L> = L extends Layer
  ? Omit<L, 'unit' | 'inputs' | 'name'> & { name: string; inputs?: readonly string[] }
  : never
export type CodecPart = Placed<Layer>

export interface Codec {
  encoder: readonly CodecPart[]
  /** What lies between head and tail (`network/codecLayers.ts`). */
  wire: readonly CodecPart[]
  decoder: readonly CodecPart[]
}

/** The unit of a decoder's layers. */
export const decoderUnit = 'decoder'

/**
 * Puts a codec behind a partition point: what read the point's tensor reads the decoder's. Encoder and wire belong to the
 * unit of the point, which so keeps its name and is cut behind them; weights start from `seed`. A part's input is the part
 * before it, unless it names others (`@point` is the tensor that the codec replaces, `@part` another part).
 */
export function insertCodec(model: Model, point: PartitionPoint, codec: Codec, seed: number): Model {
  const { network } = model
  const at = network.layers.findIndex(({ name }) => name === point.layer)
  const unit = network.layers[at]!.unit
  const place = (name: string): string => `${point.name}.${name}`
  let last = point.layer
  const placed = (part: CodecPart, partUnit: string): Layer => {
    const inputs = part.inputs?.map((input) => (input === '@point' ? point.layer : place(input.slice(1)))) ?? [last]
    last = place(part.name)
    return { ...part, name: last, unit: partUnit, inputs } as Layer
  }
  const head = [...codec.encoder, ...codec.wire].map((part) => placed(part, unit))
  const tail = codec.decoder.map((part) => placed(part, decoderUnit))
  const rewired = network.layers.slice(at + 1).map(
    (layer): Layer => ({
      ...layer,
      inputs: layer.inputs.map((input) => (input === point.layer ? last : input)),
    }),
  )
  const whole: Network = { ...network, layers: [...network.layers.slice(0, at + 1), ...head, ...tail, ...rewired] }
  return initialise(whole, seed, model.weights)
}

/** Layers of the codec at a point. */
export const codecLayers = ({ layers }: Network, point: string): string[] =>
  layers
    .filter(({ name }) => name.startsWith(`${point}.encoder.`) || name.startsWith(`${point}.decoder.`))
    .map(({ name }) => name)
