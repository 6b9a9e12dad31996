import type { Random } from '#common/random.ts'

/** Feature maps of one image at one place where the channels are read: [channels, positions], rows of a map behind one another. */
export interface ChannelMaps {
  values: Float32Array
  height: number
  width: number
}

/**
 * What a criterion may know of the channels of a layer (or of the layers that are tied to it). Criteria know nothing of
 * graphs. `needs` says which of the costly parts are there.
 */
export interface ChannelStatistics {
  channels: number
  /** The filters that make them, one entry per producing layer: [channels, size]. */
  filters: readonly { values: Float32Array; size: number }[]
  /** |γ| of every normalisation on the way, per channel. */
  scales: readonly Float32Array[]
  /**
   * For every layer that reads them: the expected value of each channel there, from normalisation constants alone, and
   * the sums of the reader's kernels [outputs, channels].
   */
  readers: readonly { expected: Float32Array; kernelSums: Float32Array; outputs: number }[]
  /**
   * For every non-linearity that the channels go through: their means before it and behind it, from normalisation
   * constants alone.
   */
  rectified: readonly { before: Float32Array; behind: Float32Array }[]
  /** Σ over later layers and their channels of how far each channel's masking moves a mean; per channel. */
  moved: Float32Array | null
  /** Σ over examples of |mean over positions of ∂C/∂z · z|, per channel; and without the absolute value. */
  taylor: { sum: Float32Array; signed: Float32Array; examples: number } | null
  /** Maps of some training images, in evaluation mode. */
  maps: Iterable<ChannelMaps> | null
  /** MACs that the network loses with one of these channels, divided by the largest such number of any layer. */
  costShare: number
  random: Random
}

/** A pruning criterion: one score per channel, larger = keep. */
export interface Criterion {
  needs: 'weights' | 'gradients' | 'maps' | 'maskings'
  score(statistics: ChannelStatistics): Float32Array
}

/** Scores of length 1 per layer, so that layers compare (frameworks.md §6). */
export function normalised(scores: Float32Array): Float32Array {
  const norm = Math.sqrt(scores.reduce((total, score) => total + score * score, 0))
  return scores.map((score) => (norm > 0 ? score / norm : 0))
}

/** The mean over the maps of all images and places of what `of` says of each channel. */
export function meanOverMaps(
  { channels, maps }: ChannelStatistics,
  of: (maps: ChannelMaps) => ArrayLike<number>,
): Float32Array {
  const sum = new Float64Array(channels)
  let count = 0
  for (const one of maps!) {
    const values = of(one)
    for (let channel = 0; channel < channels; channel++) sum[channel]! += values[channel]!
    count += 1
  }
  return Float32Array.from(sum, (value) => (count > 0 ? value / count : 0))
}
