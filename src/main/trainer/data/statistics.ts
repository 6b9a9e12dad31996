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
  const { images, channels } = set
  const histograms = Array.from({ length: channels }, () => new Float64Array(256))
  for (const [channel, histogram] of histograms.entries()) {
    for (let i = channel; i < images.length; i += channels) histogram[images[i]] += 1
  }
  const pixels = images.length / channels
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
