import { random } from '#common/random.ts'
import { breathe } from '../breathe.ts'
import { emptyImageSet, type ImageSet } from '../imageSet.ts'
import { type Colour, type Difficulty, drawShape } from './draw.ts'
import { shapes } from './shapes.ts'

export const syntheticSize = 32
export const syntheticClassNames: readonly string[] = shapes.map((shape) => shape.name)

export const difficulty: Difficulty = {
  radius: [6, 11],
  offset: 5,
  contrast: [40, 120],
  noise: [5, 18],
  lines: 3,
}

/**
 * Every class is a little more common before some colours than before others, as things in photographs are: around the
 * colour circle, by this much. It is the only hint that a linear classifier can use.
 */
const tintStrength = 30
const tint = (label: number): Colour =>
  [0, 1, 2].map((channel) => tintStrength * Math.cos(2 * Math.PI * (label / shapes.length - channel / 3))) as Colour

const imagesPerBreath = 250

/**
 * `count` images of the built-in 10-class set, [count, 32, 32, 3] NHWC. Every ten images in a row hold each class once,
 * in random order.
 *
 * Image n of a part is drawn from a stream of its own, so a longer set begins with the shorter one, and train,
 * validation and test never share an image.
 */
export async function syntheticSet(
  part: 'train' | 'validation' | 'test',
  count: number,
  seed: number,
  signal: AbortSignal,
): Promise<ImageSet> {
  const set = emptyImageSet(count, syntheticSize)
  const bytes = syntheticSize * syntheticSize * 3
  let order: Uint8Array = new Uint8Array(0)
  for (let n = 0; n < count; n++) {
    const place = n % shapes.length
    if (place === 0) {
      order = random(seed, 'synthetic', part, 'order', n).shuffle(Uint8Array.from(shapes, (_, label) => label))
    }
    const label = order[place]
    const rng = random(seed, 'synthetic', part, n)
    set.labels[n] = label
    drawShape(shapes[label], tint(label), rng, syntheticSize, difficulty, set.images, n * bytes)
    if (n % imagesPerBreath === imagesPerBreath - 1) await breathe(signal)
  }
  return set
}
