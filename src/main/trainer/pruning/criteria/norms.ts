import type { ChannelStatistics, Criterion } from './criterion.ts'

/** Sums a function of the weights of each channel's filters, over all producing layers. */
function overFilters({ channels, filters }: ChannelStatistics, of: (weight: number) => number): Float32Array {
  const sums = new Float32Array(channels)
  for (const { values, size } of filters) {
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0
      for (let at = channel * size; at < (channel + 1) * size; at++) sum += of(values[at]!)
      sums[channel]! += sum
    }
  }
  return sums
}

/** PFEC (Li et al. 2017): Σ |W|. */
export const l1: Criterion = { needs: 'weights', score: (statistics) => overFilters(statistics, Math.abs) }

/** SFP (He et al. 2018): ‖W‖₂. Its soft pruning is a way to train (`softPrune`), not another score. */
export const l2: Criterion = {
  needs: 'weights',
  score: (statistics) => overFilters(statistics, (weight) => weight * weight).map(Math.sqrt),
}

/** Network slimming (Liu et al. 2017): Σ |γ| of the normalisations behind the filters. */
export const bnScale: Criterion = {
  needs: 'weights',
  score: ({ channels, scales }) =>
    Float32Array.from({ length: channels }, (_, channel) => scales.reduce((sum, one) => sum + one[channel]!, 0)),
}

/** What a criterion must beat. */
export const randomScore: Criterion = {
  needs: 'weights',
  score: ({ channels, random }) => Float32Array.from({ length: channels }, () => random.next()),
}
