import type { Criterion } from './criterion.ts'

/**
 * Feature bias (SAFBMP, Li et al. 2023, Eq. 4 and 12; operational form after FSM, Duan et al. 2022; frameworks.md §11.4):
 * how far removing channel i moves the mean of what its readers compute, S_i = Σ over readers of
 * (1/N) Σ_j |E_i · Σ_k W_ji(k)|, with E_i from the constants of normalisation alone. No data is needed.
 */
export const featureBias: Criterion = {
  needs: 'weights',
  score: ({ channels, readers }) => {
    const scores = new Float32Array(channels)
    for (const { expected, kernelSums, outputs } of readers) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0
        for (let output = 0; output < outputs; output++) {
          sum += Math.abs(expected[channel]! * kernelSums[output * channels + channel]!)
        }
        scores[channel]! += sum / outputs
      }
    }
    return scores
  },
}

/**
 * The same measured instead of expected (frameworks.md §11.4, reading B): each channel is masked in turn, and every mean
 * that moves behind it counts, S_i = Σ |mean(y) − mean(y masked)|.
 */
export const featureBiasMeasured: Criterion = {
  needs: 'maskings',
  score: ({ moved }) => moved!,
}

/**
 * Eq. 4 to the letter (reading C): |μ(y) − μ(ŷ)| with ŷ = ReLU(y), so E[ReLU(−y)]. It is the bias of the non-linearity,
 * whatever is pruned: there for the comparison of readings.
 */
export const rectifierBias: Criterion = {
  needs: 'weights',
  score: ({ channels, rectified }) =>
    Float32Array.from({ length: channels }, (_, channel) =>
      rectified.reduce((sum, { before, behind }) => sum + Math.abs(before[channel]! - behind[channel]!), 0),
    ),
}
