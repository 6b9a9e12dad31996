import type { ImageSet } from '../data/imageSet.ts'

/** Which of `available` images the `i`-th of `count` is, where these are spread evenly. */
export const spreadOver = (available: number, count: number, i: number): number =>
  count <= available ? Math.floor((i * available) / count) : i % available

/** `count` images spread evenly over a set (repeated where it has fewer), NHWC: folders may be sorted by class. */
export function spread({ images, size, count: available }: ImageSet, count: number): Uint8Array {
  const length = size * size * 3
  const chosen = new Uint8Array(count * length)
  for (let i = 0; i < count; i++) {
    const index = spreadOver(available, count, i)
    chosen.set(images.subarray(index * length, (index + 1) * length), i * length)
  }
  return chosen
}

/** NHWC → NCHW for images of three channels. */
export function channelsFirst(images: Uint8Array, count: number): Uint8Array {
  const pixels = images.length / count / 3
  const planes = new Uint8Array(images.length)
  for (let i = 0; i < count; i++) {
    const base = i * pixels * 3
    for (let pixel = 0; pixel < pixels; pixel++) {
      for (let channel = 0; channel < 3; channel++) {
        planes[base + channel * pixels + pixel] = images[base + pixel * 3 + channel]
      }
    }
  }
  return planes
}
