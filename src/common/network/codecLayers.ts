import type { FeatureShape, LayerBase } from './graph.ts'

/**
 * The layers that learned codecs are made of (frameworks.md §§8-12): encoder | wire | decoder, put into a network at a
 * partition point. A *wire* layer says what happens to the encoder's output between head and tail; it is computed while
 * training and is no node of the exported files: there the byte codec and the channel are in its place.
 */
/** x for x > 0, else slope · x. Weights: `<name>.weight` [C], the slopes. */
export interface PreluLayer extends LayerBase {
  op: 'prelu'
}
/**
 * Generalised divisive normalisation (Ballé et al. 2016): x_i / √(β_i + Σ_j γ_ij x_j²); `inverse`: x_i · √(…). Weights:
 * `<name>.weight` γ [C, C], at least 0, and `<name>.bias` β [C], at least 1e-6.
 */
export interface GdnLayer extends LayerBase {
  op: 'gdn'
  inverse: boolean
}
/** x · √B/‖x‖₂ per image, B its elements: mean power 1. */
export interface PowerLayer extends LayerBase {
  op: 'power'
}
/** One more channel, filled with the channel's parameter: `level`, or in training what is drawn from 0…`limit`. */
export interface ConditionLayer extends LayerBase, Drawn {
  op: 'condition'
}
/** Every element becomes `factor` × `factor` equal ones. */
export interface UpsampleLayer extends LayerBase {
  op: 'upsample'
  factor: number
}
/**
 * Transposed convolution whose kernel is its stride: every element becomes a patch of its own. Weights: `<name>.weight`
 * [Cin, Cout, k, k] (as PyTorch), `<name>.bias` [Cout] where `bias`.
 */
export interface TransposedLayer extends LayerBase {
  op: 'transposed'
  filters: number
  kernel: number
  bias: boolean
}
/**
 * Self-attention over positions (SAGAN, Zhang et al. 2019): x + g · V·softmax(QᵀK)ᵀ, with Q and K of `inner` channels.
 * Weights: `<name>.query.weight` and `.key.weight` [inner, C], `.value.weight` [C, C], their `.bias`, `<name>.gain` [1].
 */
export interface AttentionLayer extends LayerBase {
  op: 'attention'
  inner: number
}

/** A channel parameter: its value in evaluation, and the upper end of what training draws (null: the value itself). */
export interface Drawn {
  level: number
  limit: number | null
}

/** The grid of uniform codes: low + code · (high − low)/(2^bits − 1). */
export interface Grid {
  bits: number
  low: number
  high: number
}

/** Distance of two codes as a float32: what the trainer and the exported files compute with. */
export const gridStep = ({ bits, low, high }: Grid): number => Math.fround((high - low) / (2 ** bits - 1))

/**
 * Wire: uniform codes, half to even; the gradient passes where the value is inside the range (straight-through), plus
 * `pull` · ∂mse(x, x̂)/∂x with x̂ held fixed.
 */
export interface QuantiseLayer extends LayerBase, Grid {
  op: 'quantise'
  pull: number
}
/**
 * Wire: the nearest of 2^bits learned codewords, per element (`scalar`), for the whole tensor of an image (`vector`), or
 * for every `size` neighbouring channels of a position (`vector` with a size: product quantisation, one codebook for all).
 * Weights: `<name>.weight` [2^bits, 1, C·H·W or `size`]. `bypass`: values pass, only codewords learn. Losses (CCTO):
 * `pull` · (mse(e, sg x) + ½ mse(sg e, x)).
 */
export interface CodebookLayer extends LayerBase {
  op: 'codebook'
  kind: 'scalar' | 'vector'
  /** Of a vector: its channels, a divisor of the map's; absent: the whole tensor is one. */
  size?: number
  bits: number
  bypass: boolean
  pull: number
}
/** Wire: x + σ·n, n ~ N(0, 1), σ the level. */
export interface AwgnLayer extends LayerBase, Drawn {
  op: 'awgn'
}
/** Wire, behind a `quantise` of the same grid: every bit of a code is erased with the level's probability. */
export interface ErasureLayer extends LayerBase, Drawn, Grid {
  op: 'erasure'
}
/** Wire, behind a `quantise` of the same 8-bit grid: maps tiled to one grey image, through a real JPEG. */
export interface JpegLayer extends LayerBase, Grid {
  op: 'jpeg'
  /** 1…100, as libjpeg's. */
  quality: number
}

/** Where GDN's β ends. */
export const betaMinimum = 1e-6

export type WireLayer = QuantiseLayer | CodebookLayer | AwgnLayer | ErasureLayer | JpegLayer
export type CodecLayer =
  | PreluLayer
  | GdnLayer
  | PowerLayer
  | ConditionLayer
  | UpsampleLayer
  | TransposedLayer
  | AttentionLayer
  | WireLayer

const wireOps = { quantise: true, codebook: true, awgn: true, erasure: true, jpeg: true } as const

export const isWire = (layer: { op: string }): layer is WireLayer => Object.hasOwn(wireOps, layer.op)

const isCodecOp: Record<CodecLayer['op'], true> = {
  ...wireOps,
  prelu: true,
  gdn: true,
  power: true,
  condition: true,
  upsample: true,
  transposed: true,
  attention: true,
}

export const isCodecLayer = (layer: { op: string }): layer is CodecLayer => Object.hasOwn(isCodecOp, layer.op)

const size = ({ channels, height, width }: FeatureShape): number => channels * height * width

/** Elements of one word of a codebook. */
export const wordSize = (layer: Pick<CodebookLayer, 'kind' | 'size'>, input: FeatureShape): number =>
  layer.kind === 'scalar' ? 1 : (layer.size ?? size(input))

/** Names of a codec layer's weights with their shapes. */
export function codecWeightShapes(layer: CodecLayer, input: FeatureShape): Record<string, number[]> {
  const { name } = layer
  const { channels } = input
  switch (layer.op) {
    case 'prelu':
      return { [`${name}.weight`]: [channels] }
    case 'gdn':
      return { [`${name}.weight`]: [channels, channels], [`${name}.bias`]: [channels] }
    case 'transposed':
      return {
        [`${name}.weight`]: [channels, layer.filters, layer.kernel, layer.kernel],
        ...(layer.bias ? { [`${name}.bias`]: [layer.filters] } : {}),
      }
    case 'attention':
      return {
        [`${name}.query.weight`]: [layer.inner, channels],
        [`${name}.query.bias`]: [layer.inner],
        [`${name}.key.weight`]: [layer.inner, channels],
        [`${name}.key.bias`]: [layer.inner],
        [`${name}.value.weight`]: [channels, channels],
        [`${name}.value.bias`]: [channels],
        [`${name}.gain`]: [1],
      }
    case 'codebook':
      return { [`${name}.weight`]: [2 ** layer.bits, wordSize(layer, input)] }
    default:
      return {}
  }
}

/** Output shape of a codec layer; all but three kinds keep that of their input. */
export function codecOutputShape(layer: CodecLayer, input: FeatureShape): FeatureShape {
  const { channels, height, width } = input
  if (layer.op === 'condition') return { channels: channels + 1, height, width }
  if (layer.op === 'upsample') return { channels, height: height * layer.factor, width: width * layer.factor }
  if (layer.op === 'transposed') {
    return { channels: layer.filters, height: height * layer.kernel, width: width * layer.kernel }
  }
  return input
}

/**
 * MACs of a codec layer: transposed convolution H·W·Cin·Cout·k², attention its three 1×1 convolutions and two matrix
 * products, GDN its C×C sum, the search of a vector codebook its 2^bits scalar products for every vector.
 */
export function codecMacs(layer: CodecLayer, input: FeatureShape): number {
  const { channels, height, width } = input
  const positions = height * width
  switch (layer.op) {
    case 'transposed':
      return size(input) * layer.filters * layer.kernel ** 2
    case 'gdn':
      return positions * channels ** 2
    case 'attention':
      return positions * channels * (2 * layer.inner + channels) + positions ** 2 * (layer.inner + channels)
    case 'codebook':
      return layer.kind === 'vector' ? size(input) * 2 ** layer.bits : 0
    default:
      return 0
  }
}
