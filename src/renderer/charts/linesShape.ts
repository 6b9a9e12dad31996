import { graphic } from 'echarts/core'

type Point = [x: number, y: number]

export interface LinesShape {
  /** In pixels; one run has one line's neighbouring points, and one line may have several. */
  runs: readonly { line: number; points: readonly Point[] }[]
  /** Told which line the pointer is on, before the tooltip asks. */
  pointed(line: number): void
}

/** From a line so far one still means it. */
const reachPx = 5
const dotPx = 1.5

/**
 * Hundreds of lines of one colour as one element of a chart: drawn anew with every step of a slider, an element for each
 * takes longer than a frame.
 */
class Lines extends graphic.Polyline {
  /** By its type the SVG painter takes a polyline for one line. */
  override type = 'lines'

  override getDefaultShape() {
    return { runs: [], pointed() {} } as never
  }

  override buildPath(path: Parameters<InstanceType<typeof graphic.Polyline>['buildPath']>[0], shape: never): void {
    for (const { points } of (shape as LinesShape).runs) {
      const [first] = points
      if (!first) continue
      if (points.length === 1) {
        path.moveTo(first[0] + dotPx, first[1])
        path.arc(first[0], first[1], dotPx, 0, 2 * Math.PI)
        continue
      }
      path.moveTo(first[0], first[1])
      for (let index = 1; index < points.length; index++) path.lineTo(points[index]![0], points[index]![1])
    }
  }

  override contain(x: number, y: number): boolean {
    const [localX, localY] = this.transformCoordToLocal(x, y) as Point
    const { runs, pointed } = this.shape as unknown as LinesShape
    const line = nearestLine(runs, localX, localY)
    if (line === null) return false
    pointed(line)
    return true
  }
}

/** The line within reach of a point in pixels that is nearest to it; of equals the first. */
export function nearestLine(runs: LinesShape['runs'], x: number, y: number): number | null {
  let nearest: number | null = null
  let least = reachPx
  for (const { line, points } of runs) {
    for (const [index, point] of points.entries()) {
      const away = distanceTo(point, points[index + 1] ?? point, x, y)
      if (away >= least) continue
      least = away
      nearest = line
    }
  }
  return nearest
}

function distanceTo([ax, ay]: Point, [bx, by]: Point, x: number, y: number): number {
  const [dx, dy] = [bx - ax, by - ay]
  const length2 = dx * dx + dy * dy
  const along = length2 === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length2))
  return Math.hypot(x - ax - along * dx, y - ay - along * dy)
}

graphic.registerShape('lines', Lines as never)
