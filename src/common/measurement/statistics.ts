/** Plain descriptive statistics. Every function takes samples in any order, leaves them alone, and needs at least one. */
type Samples = ArrayLike<number>

export const sorted = (samples: Samples): Float64Array => Float64Array.from(samples).sort()

/** Linear interpolation between order statistics (Hyndman & Fan's type 7, the default of NumPy and R). q in 0..1. */
export function quantile(samples: Samples, q: number): number {
  return quantileOfSorted(sorted(samples), q)
}

export function quantileOfSorted(ordered: Samples, q: number): number {
  if (ordered.length === 0) throw new Error('no samples')
  const position = (ordered.length - 1) * q
  const below = Math.floor(position)
  const low = ordered[below]!
  const high = ordered[Math.min(below + 1, ordered.length - 1)]!
  // With both weights at once, two equal neighbours would not always give back their value.
  return low + (position - below) * (high - low)
}

export const median = (samples: Samples): number => quantile(samples, 0.5)

export const p95 = (samples: Samples): number => quantile(samples, 0.95)

export function mean(samples: Samples): number {
  if (samples.length === 0) throw new Error('no samples')
  let sum = 0
  for (let i = 0; i < samples.length; i++) sum += samples[i]!
  return sum / samples.length
}

/** Of the population that the samples come from (n − 1); 0 for a single sample. */
export function standardDeviation(samples: Samples): number {
  const centre = mean(samples)
  if (samples.length === 1) return 0
  let sum = 0
  for (let i = 0; i < samples.length; i++) sum += (samples[i]! - centre) ** 2
  return Math.sqrt(sum / (samples.length - 1))
}
