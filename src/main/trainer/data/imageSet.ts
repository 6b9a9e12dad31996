import { CodedError } from '#common/errors.ts'

/** Images in memory. Pixels stay uint8 until the step that normalises them; see `meanColour` for padding. */
export interface ImageSet {
  count: number
  /** Side of the square images in pixels. */
  size: number
  /** 3: RGB; others are grey images, and what pre-processing makes of them. */
  channels: number
  /** [count, size, size, channels], NHWC. */
  images: Uint8Array
  /** [count], 0 … classes − 1. */
  labels: Uint16Array
}

export interface Dataset {
  /** "cifar-10", "cifar-100", "synthetic", or the name of the folder. */
  name: string
  /** sha256 over the images and labels of all three sets, hexadecimal. */
  hash: string
  size: number
  classes: number
  classNames: string[]
  /** Per channel, of pixels scaled to 0..1: a network sees (u/255 − mean)/std. */
  mean: number[]
  std: number[]
  train: ImageSet
  validation: ImageSet
  test: ImageSet
  /** What a reader of the results has to know about how the sets were made; one sentence each. */
  notes: string[]
}

/**
 * A set of black images with label 0, to be filled; its pixels can be shared with the thread that augments them. Throws `bad-data` when
 * the memory does not suffice for it.
 */
export function emptyImageSet(count: number, size: number, channels = 3): ImageSet {
  const bytes = count * size * size * channels
  try {
    return {
      count,
      size,
      channels,
      images: new Uint8Array(new SharedArrayBuffer(bytes)),
      labels: new Uint16Array(count),
    }
  } catch {
    const need = `${count} images of ${size} × ${size} pixels need ${(bytes / 1e9).toFixed(1)} GB of memory`
    throw new CodedError(
      'bad-data',
      `${need}, more than there is.`,
      'Ask for fewer with --train-images and --test-images.',
    )
  }
}
