import type { Criterion } from './criterion.ts'
import { normalised } from './criterion.ts'

/**
 * Molchanov et al. 2017, first-order Taylor expansion (frameworks.md §6): the absolute value is taken per example, then
 * averaged; scores are l2-normalised within the layer so that layers compare; λ·Θ_flops is subtracted, with Θ_flops
 * scaled to at most 1 (CIFAR-size networks).
 */
export const taylor = (flopsRegulariser: number): Criterion => ({
  needs: 'gradients',
  score: ({ taylor: statistics, costShare }) => {
    const { sum, examples } = statistics!
    return normalised(sum.map((value) => value / examples)).map((score) => score - flopsRegulariser * costShare)
  },
})

/**
 * The reading of the published code (jacobgil/pytorch-pruning, reused by Shi et al.): terms are summed with their signs
 * over the whole pass, so that examples may cancel, and the absolute value is taken at the end.
 */
export const taylorPerEpoch: Criterion = {
  needs: 'gradients',
  score: ({ taylor: statistics }) => {
    const { signed, examples } = statistics!
    return normalised(signed.map((value) => Math.abs(value) / examples))
  },
}
