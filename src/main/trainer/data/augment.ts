import type { Random } from '#common/random.ts'
import type { ImageSet } from './imageSet.ts'

export interface Augmentation {
  /** Pixels of padding on every side before a crop of the original size at a random place; 0 = no crop. */
  crop: number
  /** A horizontal flip with probability 1/2. */
  flip: boolean
}

/**
 * The uint8 colour that normalisation maps (nearly) to zero. Padding with it is what published recipes do when they
 * pad the normalised image with zeros.
 */
export const meanColour = (mean: readonly number[]): number[] => mean.map((value) => Math.round(value * 255))

/**
 * Writes the images `indices` of `set`, each cropped and flipped at random, into `out`.
 *
 * `out` is [indices.length, size, size, channels] NHWC uint8; `fill` is the colour of the padding, uint8 per channel.
 * Per image the stream gives a row offset, a column offset (only with `crop`), and a coin (only with `flip`): the
 * result depends on the stream and the order of `indices` alone.
 */
export function augmentBatch(
  set: ImageSet,
  indices: ArrayLike<number>,
  { crop, flip }: Augmentation,
  rng: Random,
  fill: readonly number[],
  out: Uint8Array,
): void {
  const { size, channels } = set
  const bytes = size * size * channels
  const shape = { size, channels }
  for (let n = 0; n < indices.length; n++) {
    const source = indices[n] * bytes
    const target = n * bytes
    const down = crop > 0 ? rng.below(2 * crop + 1) - crop : 0
    const right = crop > 0 ? rng.below(2 * crop + 1) - crop : 0
    const mirrored = flip && rng.next() < 0.5
    if (down !== 0 || right !== 0) paint(out, target, target + bytes, fill)
    if (mirrored) copyMirrored(set.images, source, out, target, shape, down, right)
    else copyShifted(set.images, source, out, target, shape, down, right)
  }
}

function paint(out: Uint8Array, from: number, to: number, fill: readonly number[]): void {
  for (let at = from; at < to; at += fill.length) out.set(fill, at)
}

/** out(y, x) = image(y + down, x + right) wherever that lies inside the image. */
function copyShifted(
  images: Uint8Array,
  source: number,
  out: Uint8Array,
  target: number,
  { size, channels }: Pick<ImageSet, 'size' | 'channels'>,
  down: number,
  right: number,
): void {
  if (down === 0 && right === 0) {
    out.set(images.subarray(source, source + size * size * channels), target)
    return
  }
  const firstColumn = Math.max(0, -right)
  const length = (Math.min(size, size - right) - firstColumn) * channels
  // A crop that lies in the padding altogether.
  if (length <= 0) return
  for (let y = Math.max(0, -down); y < Math.min(size, size - down); y++) {
    const from = source + ((y + down) * size + firstColumn + right) * channels
    out.set(images.subarray(from, from + length), target + (y * size + firstColumn) * channels)
  }
}

/** The same crop, then mirrored: out(y, size − 1 − x) = image(y + down, x + right). */
function copyMirrored(
  images: Uint8Array,
  source: number,
  out: Uint8Array,
  target: number,
  { size, channels }: Pick<ImageSet, 'size' | 'channels'>,
  down: number,
  right: number,
): void {
  const first = Math.max(0, -right)
  const end = Math.min(size, size - right)
  for (let y = Math.max(0, -down); y < Math.min(size, size - down); y++) {
    let from = source + ((y + down) * size + first + right) * channels
    let to = target + (y * size + size - 1 - first) * channels
    for (let x = first; x < end; x++) {
      for (let c = 0; c < channels; c++) out[to + c] = images[from + c]
      from += channels
      to -= channels
    }
  }
}
