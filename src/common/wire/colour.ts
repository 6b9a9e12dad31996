/**
 * A colour image as image coders take it: luma at full size above the two chroma planes at half size, side by side, in one
 * grey image (ITU-T T.871: YCbCr of full range; 4:2:0, every chroma value the mean of a square of four pixels).
 */
export interface Planes {
  width: number
  height: number
  /** Of the chroma planes: half of the image's, rounded up. */
  half: { width: number; height: number }
}

type Shape = readonly number[]

/** For an image [3, H, W]. Throws an Error for another number of channels. */
export function planesOf([channels, height = 1, width = 1]: Shape): Planes {
  if (channels !== 3) throw new Error('only an image of three channels has colour planes')
  const half = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) }
  return { width: Math.max(width, 2 * half.width), height: height + half.height, half }
}

/** RGB [3, H, W] → grey pixels, row by row. */
export function toPlanes(image: Uint8Array, shape: Shape): Uint8Array<ArrayBuffer> {
  const { width: across, height: down, half } = planesOf(shape)
  const [, height = 1, width = 1] = shape
  const area = height * width
  const pixels = new Uint8Array(across * down)
  const chroma = [new Float64Array(half.width * half.height), new Float64Array(half.width * half.height)] as const
  const counts = new Uint8Array(half.width * half.height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x
      const [r, g, b] = [image[at]!, image[area + at]!, image[2 * area + at]!]
      const luma = 0.299 * r + 0.587 * g + 0.114 * b
      pixels[y * across + x] = byte(luma)
      const square = (y >> 1) * half.width + (x >> 1)
      chroma[0][square]! += (b - luma) / 1.772
      chroma[1][square]! += (r - luma) / 1.402
      counts[square]! += 1
    }
  }
  for (let y = 0; y < half.height; y++) {
    for (let x = 0; x < half.width; x++) {
      const square = y * half.width + x
      for (const [plane, values] of chroma.entries()) {
        pixels[(height + y) * across + plane * half.width + x] = byte(128 + values[square]! / counts[square]!)
      }
    }
  }
  return pixels
}

/** Back to RGB [3, H, W]; chroma values are repeated over their squares. */
export function fromPlanes(pixels: Uint8Array, shape: Shape): Uint8Array<ArrayBuffer> {
  const { width: across, half } = planesOf(shape)
  const [, height = 1, width = 1] = shape
  const area = height * width
  const image = new Uint8Array(3 * area)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const luma = pixels[y * across + x]!
      const row = (height + (y >> 1)) * across + (x >> 1)
      const [blue, red] = [pixels[row]! - 128, pixels[row + half.width]! - 128]
      const at = y * width + x
      image[at] = byte(luma + 1.402 * red)
      image[area + at] = byte(luma - 0.344136 * blue - 0.714136 * red)
      image[2 * area + at] = byte(luma + 1.772 * blue)
    }
  }
  return image
}

const byte = (value: number): number => Math.min(255, Math.max(0, Math.round(value)))
