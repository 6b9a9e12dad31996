import type { FeatureDistribution, FeatureShifts } from '../../contract/featureShifts.ts'

/** Features of the same images at a partition point, of one network; decoded where they cross as codes. */
export interface FeatureSet {
  point: string
  /** "unpruned", or what pruned it. */
  network: string
  values: Float32Array
}

export const unprunedNetwork = 'unpruned'
/** Of the histograms. */
const bins = 40
const mostPoints = 3

export interface Distribution extends FeatureDistribution {
  /** Quantiles, evenly from the least to the largest value. */
  quantiles: Float64Array
}

const quantileCount = 1001

export function distributionOf(values: Float32Array, [low, high]: readonly [number, number]): Distribution {
  const sorted = Float64Array.from(values).sort()
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length
  const std = Math.sqrt(sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sorted.length)
  const density = Array<number>(bins).fill(0)
  const perBin = (high - low) / bins || 1
  for (const value of sorted) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor((value - low) / perBin)))
    density[bin] = density[bin]! + 1 / sorted.length
  }
  const quantiles = Float64Array.from(
    { length: quantileCount },
    (_, index) => sorted[Math.round((index * (sorted.length - 1)) / (quantileCount - 1))]!,
  )
  return { mean, std, zeroShare: sorted.filter((value) => value === 0).length / sorted.length, quantiles, density }
}

/** Mean distance of equal quantiles (first Wasserstein distance), in standard deviations of the first. */
export function shiftOf(from: Distribution, to: Distribution): number {
  const distance = from.quantiles.reduce((sum, value, index) => sum + Math.abs(value - to.quantiles[index]!), 0)
  return from.std === 0 ? 0 : distance / from.quantiles.length / from.std
}

/**
 * How pruning shifts features: at the first, a middle and the last of the points that both the unpruned and a pruned
 * network have. `images`: how many the features are of.
 */
export function featureShiftsOf(sets: readonly FeatureSet[], images: number): FeatureShifts {
  const points = [...new Set(sets.map(({ point }) => point))].filter((point) => {
    const own = sets.filter((one) => one.point === point)
    return own.some(({ network }) => network === unprunedNetwork) && own.length > 1
  })
  const picked = new Set(
    points.length <= mostPoints ? points : [points[0]!, points[Math.floor(points.length / 2)]!, points.at(-1)!],
  )
  const panels = [...picked].map((point) => {
    const own = sets.filter((one) => one.point === point)
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (const { values } of own) {
      for (const value of values) {
        low = Math.min(low, value)
        high = Math.max(high, value)
      }
    }
    const range: [number, number] = [low, high]
    const plain = distributionOf(own.find(({ network }) => network === unprunedNetwork)!.values, range)
    return {
      ...{ point, range },
      lines: own.map(({ network, values }) => {
        const { quantiles, ...summed } = network === unprunedNetwork ? plain : distributionOf(values, range)
        const shift = network === unprunedNetwork ? null : shiftOf(plain, { ...summed, quantiles })
        return { network, ...summed, shift }
      }),
    }
  })
  return { images, panels }
}
