import type { Pictures } from '#common/contract/live.ts'

/** One of the images, uint8 [channels, height, width], as a canvas takes it: red, green, blue, opaque, row by row. */
export function rgbaOf({ channels, height, width, pixels }: Pictures, image: number): Uint8ClampedArray<ArrayBuffer> {
  const plane = height * width
  const from = image * channels * plane
  const rgba = new Uint8ClampedArray(4 * plane)
  for (let pixel = 0; pixel < plane; pixel++) {
    for (let colour = 0; colour < 3; colour++) {
      rgba[4 * pixel + colour] = pixels[from + (channels === 3 ? colour * plane : 0) + pixel]!
    }
    rgba[4 * pixel + 3] = 255
  }
  return rgba
}
