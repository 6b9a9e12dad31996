import type { ImageSet } from './imageSet.ts'

/** Per channel, of pixels scaled to 0..1. */
export interface ChannelStatistics {
  mean: number[]
  std: number[]
}

/**
 * Mean and (population) standard deviation per channel over all pixels of a set, computed from histograms: exact in
 * whole numbers, so the result does not depend on the order of the images. A channel that never changes gets the
 * deviation of one grey level, because the network divides by it.
 */
export function channelStatistics(set: ImageSet): ChannelStatistics {
  const histograms = [new Float64Array(256), new Float64Array(256), new Float64Array(256)]
  const [red, green, blue] = histograms
  const { images } = set
  for (let i = 0; i < images.length; i += 3) {
    red[images[i]] += 1
    green[images[i + 1]] += 1
    blue[images[i + 2]] += 1
  }
  const pixels = images.length / 3
  const moments = histograms.map((histogram) => {
    let sum = 0
    let squares = 0
    for (let value = 0; value < 256; value++) {
      sum += value * histogram[value]
      squares += value * value * histogram[value]
    }
    const mean = sum / pixels
    const variance = Math.max(0, squares / pixels - mean * mean)
    return { mean: mean / 255, std: Math.max(Math.sqrt(variance), 1) / 255 }
  })
  return { mean: moments.map((moment) => moment.mean), std: moments.map((moment) => moment.std) }
}
