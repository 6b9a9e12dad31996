/** Feature maps side by side in one grey image: what image coders take (frameworks.md §§7.5, 8.2). */
export interface Tiling {
  width: number
  height: number
  /** Maps per row: ⌈√C⌉. */
  columns: number
}

type Shape = readonly number[]

/** The grid for [C, H, W] (or [C]): ⌈√C⌉ columns, as many rows as needed. */
export function tilingOf([channels, height = 1, width = 1]: Shape): Tiling {
  const columns = Math.ceil(Math.sqrt(channels!))
  return { columns, width: columns * width, height: Math.ceil(channels! / columns) * height }
}

/** Where each element of [C, H, W] lies in the image, in order. */
function* places(shape: Shape): Generator<[element: number, pixel: number]> {
  const [channels, height = 1, width = 1] = shape
  const { columns, width: across } = tilingOf(shape)
  let element = 0
  for (let c = 0; c < channels!; c++) {
    const corner = Math.floor(c / columns) * height * across + (c % columns) * width
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) yield [element++, corner + y * across + x]
    }
  }
}

/** Codes [C, H, W] → grey pixels, row by row; the cells after the last map are 0. */
export function tile(codes: Uint8Array, shape: Shape): Uint8Array<ArrayBuffer> {
  const { width, height } = tilingOf(shape)
  const pixels = new Uint8Array(width * height)
  for (const [element, pixel] of places(shape)) pixels[pixel] = codes[element]!
  return pixels
}

export function untile(pixels: Uint8Array, shape: Shape): Uint8Array<ArrayBuffer> {
  const [channels, height = 1, width = 1] = shape
  const codes = new Uint8Array(channels! * height * width)
  for (const [element, pixel] of places(shape)) codes[element] = pixels[pixel]!
  return codes
}
