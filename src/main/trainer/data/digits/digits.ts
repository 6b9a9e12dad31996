import { greySize } from '#common/experiment/preprocessing.ts'
import type { Random } from '#common/random.ts'
import { random } from '#common/random.ts'
import { breathe } from '../breathe.ts'
import type { ImageSet } from '../imageSet.ts'
import { emptyImageSet } from '../imageSet.ts'
import { digits } from './strokes.ts'

/** How differently a digit is written. Chosen so that a linear classifier does not get far (the test says how far). */
const style = {
  /** Radians either way, and shares of the image. */
  turn: 0.35,
  shear: 0.35,
  shift: 0.13,
  size: [0.6, 0.95],
  /** Of every point of a stroke by itself. */
  wobble: 0.035,
  /** Half the width of the pen in pixels. */
  pen: [0.7, 1.7],
  ink: [150, 255],
  /** Standard deviation of the noise on every pixel, and the share of pixels that are black or white instead. */
  noise: 14,
  specks: 0.03,
} as const

const imagesPerBreath = 250

/**
 * `count` drawn digits, [count, 28, 28, 1]: light on dark, written at many angles, sizes and places, with noise and specks,
 * as a sensor at the edge might see them. Every ten in a row hold each digit once. Image n of a part is drawn from a
 * stream of its own: a longer set begins with the shorter one, and training and test images are never the same.
 */
export async function drawnDigits(
  part: 'train' | 'test',
  count: number,
  seed: number,
  signal: AbortSignal,
): Promise<ImageSet> {
  const set = emptyImageSet(count, greySize, 1)
  let order = new Uint8Array(0)
  for (let n = 0; n < count; n++) {
    const place = n % digits.length
    if (place === 0) {
      order = random(seed, 'digits', part, 'order', n).shuffle(Uint8Array.from(digits, (_, label) => label))
    }
    const label = order[place]!
    set.labels[n] = label
    drawDigit(label, random(seed, 'digits', part, n), set.images.subarray(n * greySize ** 2, (n + 1) * greySize ** 2))
    if (n % imagesPerBreath === imagesPerBreath - 1) await breathe(signal)
  }
  return set
}

const between = (rng: Random, [low, high]: readonly [number, number]): number => low + (high - low) * rng.next()
const either = (rng: Random, most: number): number => most * (2 * rng.next() - 1)

/** Draws one digit into [28 · 28] pixels. */
function drawDigit(label: number, rng: Random, out: Uint8Array): void {
  const ways = digits[label]!
  const strokes = ways[rng.below(ways.length)]!
  const [turn, shear] = [either(rng, style.turn), either(rng, style.shear)]
  const [wide, high] = [between(rng, style.size), between(rng, style.size)]
  const [right, down] = [either(rng, style.shift), either(rng, style.shift)]
  const [pen, ink] = [between(rng, style.pen), between(rng, style.ink)]
  const placed = strokes.map((stroke) =>
    stroke.map(([x, y]) => {
      const [u, v] = [(x - 0.5) * wide + either(rng, style.wobble), (y - 0.5) * high + either(rng, style.wobble)]
      const s = u + shear * v
      return [
        greySize * (0.5 + right + s * Math.cos(turn) - v * Math.sin(turn)),
        greySize * (0.5 + down + s * Math.sin(turn) + v * Math.cos(turn)),
      ] as const
    }),
  )
  const canvas = new Float32Array(out.length)
  for (const stroke of placed) {
    for (let i = 1; i < stroke.length; i++) line(canvas, stroke[i - 1]!, stroke[i]!, pen)
  }
  for (let i = 0; i < out.length; i++) {
    const speck = rng.next()
    const value = canvas[i]! * ink + style.noise * rng.normal()
    out[i] = speck < style.specks ? (speck < style.specks / 2 ? 0 : 255) : Math.min(255, Math.max(0, Math.round(value)))
  }
}

/** Paints one straight line with a soft edge of a pixel. */
function line(canvas: Float32Array, a: readonly [number, number], b: readonly [number, number], pen: number): void {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]]
  const length = dx * dx + dy * dy || 1e-9
  const reach = pen + 1
  const from = (p: number, q: number): number => Math.max(0, Math.floor(Math.min(p, q) - reach))
  const to = (p: number, q: number): number => Math.min(greySize - 1, Math.ceil(Math.max(p, q) + reach))
  for (let y = from(a[1], b[1]); y <= to(a[1], b[1]); y++) {
    for (let x = from(a[0], b[0]); x <= to(a[0], b[0]); x++) {
      const [px, py] = [x + 0.5 - a[0], y + 0.5 - a[1]]
      const along = Math.min(1, Math.max(0, (px * dx + py * dy) / length))
      const far = Math.hypot(px - along * dx, py - along * dy)
      const at = y * greySize + x
      canvas[at] = Math.max(canvas[at]!, Math.min(1, Math.max(0, pen + 0.5 - far)))
    }
  }
}
