import type { Random } from '#common/random.ts'
import type { Shape } from './shapes.ts'

/** How hard the images are: the noise and the contrast were chosen so that a small network makes some mistakes. */
export interface Difficulty {
  /** Radius of the shape in pixels, from … to. */
  radius: readonly [number, number]
  /** Largest distance of the shape's centre from the image's centre, in pixels, along each axis. */
  offset: number
  /** Smallest and largest difference (0..255) between the shape's colour and the background, over the channels. */
  contrast: readonly [number, number]
  /** Standard deviation of the noise of a pixel, from … to. */
  noise: readonly [number, number]
  /** At most this many lines cross the picture. */
  lines: number
}

/** Red, green, blue, 0..255 (a difference of colours may be negative). */
export type Colour = [number, number, number]

const between = (rng: Random, [low, high]: readonly [number, number]): number => low + (high - low) * rng.next()

/** Coverage of a pixel by the inside of an edge at this signed distance in pixels: anti-aliasing with a box of one pixel. */
const coverage = (distance: number): number => Math.min(1, Math.max(0, 0.5 - distance))

/**
 * Draws one image: a background that runs from one colour to another with a soft blotch and leans towards `tint`,
 * lines across it, the shape in a colour that differs from the background, shaded along a random direction, and noise
 * over everything.
 * Writes [size, size, 3] RGB uint8 at `at`.
 */
export function drawShape(
  shape: Shape,
  tint: Colour,
  rng: Random,
  size: number,
  difficulty: Difficulty,
  out: Uint8Array,
  at: number,
): void {
  const canvas = new Float32Array(size * size * 3)
  const base = paintBackground(canvas, size, tint, rng)
  const lines = rng.below(difficulty.lines + 1)
  for (let i = 0; i < lines; i++) paintLine(canvas, size, rng, base)
  paintShape(canvas, size, shape, rng, base, difficulty)
  const noise = between(rng, difficulty.noise)
  // The sum of two uniforms on ±1/2 has variance 1/6: a triangle is close enough to a bell and four times as fast.
  const scale = noise * Math.sqrt(6)
  for (let i = 0; i < canvas.length; i++) {
    const value = canvas[i] + scale * (rng.next() + rng.next() - 1)
    out[at + i] = value < 0 ? 0 : value > 255 ? 255 : Math.round(value)
  }
}

/** Returns the colour in the middle of the image. */
function paintBackground(canvas: Float32Array, size: number, tint: Colour, rng: Random): Colour {
  const level = (channel: number): number => 40 + 175 * rng.next() + tint[channel]
  const from: Colour = [level(0), level(1), level(2)]
  const spread = (): number => 110 * (rng.next() - 0.5)
  const slope: Colour = [spread(), spread(), spread()]
  const blotch: Colour = [spread(), spread(), spread()]
  const angle = 2 * Math.PI * rng.next()
  const [dx, dy] = [Math.cos(angle) / size, Math.sin(angle) / size]
  const [bx, by] = [size * rng.next(), size * rng.next()]
  const reach = size * (0.2 + 0.4 * rng.next())
  const middle = size / 2
  for (let y = 0, i = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const along = (x + 0.5 - middle) * dx + (y + 0.5 - middle) * dy
      const near = ((x - bx) * (x - bx) + (y - by) * (y - by)) / (reach * reach)
      const soft = near < 1 ? (1 - near) * (1 - near) : 0
      for (let c = 0; c < 3; c++, i++) canvas[i] = from[c] + slope[c] * along + blotch[c] * soft
    }
  }
  return from
}

/** A thin line right across the image; it says nothing about the class. */
function paintLine(canvas: Float32Array, size: number, rng: Random, base: Colour): void {
  const colour = contrasting(base, 30 + 70 * rng.next(), rng)
  const angle = Math.PI * rng.next()
  const [nx, ny] = [Math.cos(angle), Math.sin(angle)]
  const half = 0.4 + 0.7 * rng.next()
  const offset = size * (0.15 + 0.7 * rng.next()) * nx + size * (0.15 + 0.7 * rng.next()) * ny
  for (let y = 0, i = 0; y < size; y++) {
    for (let x = 0; x < size; x++, i += 3) {
      const alpha = coverage(Math.abs((x + 0.5) * nx + (y + 0.5) * ny - offset) - half)
      if (alpha === 0) continue
      for (let c = 0; c < 3; c++) canvas[i + c] += alpha * (colour[c] - canvas[i + c])
    }
  }
}

function paintShape(
  canvas: Float32Array,
  size: number,
  shape: Shape,
  rng: Random,
  base: Colour,
  difficulty: Difficulty,
): void {
  const radius = between(rng, difficulty.radius)
  const cx = size / 2 + difficulty.offset * (2 * rng.next() - 1)
  const cy = size / 2 + difficulty.offset * (2 * rng.next() - 1)
  const angle = 2 * Math.PI * rng.next()
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const squeeze = 0.85 + 0.15 * rng.next()
  const colour = contrasting(base, between(rng, difficulty.contrast), rng)
  const shade = 40 * (rng.next() - 0.5)
  const low = (centre: number): number => Math.max(0, Math.floor(centre - radius - 1))
  const high = (centre: number): number => Math.min(size, Math.ceil(centre + radius + 1))
  for (let y = low(cy); y < high(cy); y++) {
    for (let x = low(cx); x < high(cx); x++) {
      const px = (x + 0.5 - cx) / radius
      const py = (y + 0.5 - cy) / radius
      const u = cos * px + sin * py
      const v = (cos * py - sin * px) / squeeze
      const alpha = coverage(shape.distance(u, v) * radius)
      if (alpha === 0) continue
      const i = (y * size + x) * 3
      for (let c = 0; c < 3; c++) canvas[i + c] += alpha * (colour[c] + shade * u - canvas[i + c])
    }
  }
}

/** A colour at this distance (root of the mean square over the channels) from `base`, in a random direction. */
function contrasting(base: Colour, distance: number, rng: Random): Colour {
  const direction: Colour = [rng.normal(), rng.normal(), rng.normal()]
  const length = Math.sqrt((direction[0] ** 2 + direction[1] ** 2 + direction[2] ** 2) / 3)
  return [0, 1, 2].map((c) => base[c] + (direction[c] / length) * distance) as Colour
}
