import type { Model } from '#common/network/weights.ts'
import type { FeatureForm, Lab } from '../frameworks/lab.ts'

/** Of JPEG and WebP, from the fewest bytes up (frameworks.md §7.5). */
export const imageQualities = [5, 10, 20, 30, 40, 50, 65, 80, 95] as const

export type ImageCompressor = 'jpeg' | 'webp'

interface Coded {
  model: Model
  split: { point: string; form: FeatureForm }
  compressor: ImageCompressor
}

/** The first quality whose accuracy on validation images, through its bytes, is at least `least`; null where none is. */
export async function lowestQuality(
  lab: Lab,
  { model, split, compressor }: Coded,
  least: number,
  onTry: (quality: number, index: number) => void = () => {},
): Promise<{ quality: number; validationAccuracy: number } | null> {
  for (const [index, quality] of imageQualities.entries()) {
    onTry(quality, index)
    const validationAccuracy = await lab.throughBytes(model, { ...split, bytes: { compressor, quality } })
    if (validationAccuracy >= least) return { quality, validationAccuracy }
  }
  return null
}
