/**
 * The ten classes of the built-in set, as signed distances: negative inside, in units of the shape's radius, about a
 * centre at (0, 0). Every shape stays itself under rotation, mirroring and a shift by a few pixels.
 */
export interface Shape {
  name: string
  /** Signed distance of (x, y); a lower bound of the true distance is enough for drawing edges. */
  distance(x: number, y: number): number
}

const hypot = (x: number, y: number): number => Math.sqrt(x * x + y * y)

/** Signed distance of an axis-parallel box with these half sides. */
function box(x: number, y: number, halfWidth: number, halfHeight: number): number {
  const dx = Math.abs(x) - halfWidth
  const dy = Math.abs(y) - halfHeight
  const outside = hypot(Math.max(dx, 0), Math.max(dy, 0))
  return outside + Math.min(Math.max(dx, dy), 0)
}

/** The equilateral triangle with its corners on the unit circle. */
function triangle(x: number, y: number): number {
  const slanted = (Math.sqrt(3) / 2) * Math.abs(x) - 0.5 * y
  return Math.max(y, slanted) - 0.5
}

/** A star whose points lie on the unit circle and whose notches lie on the circle of radius `notch`. */
function star(points: number, notch: number): (x: number, y: number) => number {
  const wedge = Math.PI / points
  // The edge from a point (1, 0) to the notch next to it, as a line with its normal outward.
  const [ex, ey] = [notch * Math.cos(wedge) - 1, notch * Math.sin(wedge)]
  const length = hypot(ex, ey)
  return (x, y) => {
    const turned = Math.atan2(y, x) + 2 * Math.PI
    const within = turned - Math.floor(turned / (2 * wedge)) * 2 * wedge
    const angle = Math.min(within, 2 * wedge - within)
    const radius = hypot(x, y)
    const [px, py] = [radius * Math.cos(angle) - 1, radius * Math.sin(angle)]
    return (px * ey - py * ex) / length
  }
}

const fivePoints = star(5, 0.42)

export const shapes: readonly Shape[] = [
  { name: 'disc', distance: (x, y) => hypot(x, y) - 0.9 },
  { name: 'ring', distance: (x, y) => Math.abs(hypot(x, y) - 0.72) - 0.2 },
  { name: 'square', distance: (x, y) => box(x, y, 0.76, 0.76) },
  { name: 'triangle', distance: triangle },
  { name: 'frame', distance: (x, y) => Math.abs(box(x, y, 0.6, 0.6)) - 0.16 },
  { name: 'cross', distance: (x, y) => Math.min(box(x, y, 0.95, 0.28), box(x, y, 0.28, 0.95)) },
  { name: 'star', distance: fivePoints },
  { name: 'crescent', distance: (x, y) => Math.max(hypot(x + 0.1, y) - 0.9, 0.72 - hypot(x - 0.42, y)) },
  { name: 'bars', distance: (x, y) => Math.min(box(x, y - 0.5, 0.8, 0.22), box(x, y + 0.5, 0.8, 0.22)) },
  { name: 'dots', distance: (x, y) => hypot(Math.abs(x) - 0.52, Math.abs(y) - 0.52) - 0.36 },
]
