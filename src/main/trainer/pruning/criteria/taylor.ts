/**
 * What a criterion may know of a layer's channels. Criteria know nothing of graphs; a field that a criterion needs and
 * does not find is a programming error.
 */
export interface ChannelStatistics {
  /** Σ over examples of |mean over positions of ∂C/∂z · z|, per channel. */
  taylorSum: Float32Array
  examples: number
  /** MACs that the network loses with one channel of this layer, divided by the largest such number of any layer. */
  costShare: number
}

/** A pruning criterion: one score per channel, larger = keep. */
export type Criterion = (statistics: ChannelStatistics) => Float32Array

/**
 * Molchanov et al. 2017, first-order Taylor expansion (frameworks.md §6): the absolute value is taken per example, then
 * averaged; scores are l2-normalised within the layer so that layers compare; λ·Θ_flops is subtracted, with Θ_flops
 * scaled to at most 1 (CIFAR-size networks).
 */
export const taylor =
  (flopsRegulariser: number): Criterion =>
  ({ taylorSum, examples, costShare }) => {
    const scores = taylorSum.map((sum) => sum / examples)
    const norm = Math.sqrt(scores.reduce((total, score) => total + score * score, 0))
    return scores.map((score) => (norm > 0 ? score / norm : 0) - flopsRegulariser * costShare)
  }
