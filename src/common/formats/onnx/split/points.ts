import type { NodeCost, Shapes } from './cost.ts'
import type { Crossing, Flow } from './flow.ts'

/** A partition point of an ONNX graph; `input` and `output` are points too. */
export interface OnnxPoint {
  name: string
  tensor: string
  /** How many nodes of the flow run before it. */
  after: number
  /** Without the batch. */
  shape: readonly number[]
  /** Bytes of its tensor as it is. */
  bytes: number
  headMacs: number
  headParameters: number
}

export interface PointBase extends Omit<OnnxPoint, 'name'> {
  node: NodeCost['node'] | null
}

/** Names that only count ("n12", "n4_21", "r25"): the tensor's may say more, else the operator does. */
const generic = /^([a-z]?\d+(_\d+)*)?$/

/**
 * A name that a person recognises: the node's own without what repeats itself ("/layer1/layer1.0/conv1/Conv" →
 * "layer1.0/conv1"), else its tensor's.
 */
export function layerName({ node, tensor }: Pick<NodeCost, 'node' | 'tensor'>): string {
  const own = [node.name, tensor].find((name) => !generic.test(name)) ?? `${node.op} ${node.index}`
  const parts = own
    .split('/')
    .map((part) => part.replace(/^node_/, ''))
    .filter((part) => part !== '')
  const last = parts.at(-1) ?? ''
  if (parts.length > 1 && last.replace(/_\d+$/, '') === node.op) parts.pop()
  const kept = parts.filter((part, at) => !parts[at + 1]?.startsWith(`${part}.`))
  return kept.join('/') || tensor
}

/** Names that differ, in order: of equal ones the later get a number. */
export function unique(names: readonly string[]): string[] {
  const seen = new Map<string, number>()
  return names.map((name) => {
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return count === 1 ? name : `${name} (${count})`
  })
}

/** All partition points, in order. `bytesOf`: of the tensor as it is; null where it cannot be a feature map. */
export function allPoints(
  flow: Flow,
  costs: readonly NodeCost[],
  shapes: Shapes,
  bytesOf: (tensor: string) => number | null,
): OnnxPoint[] {
  const layers = unique(costs.map(layerName))
  return flow.crossings.flatMap(({ tensor, after }: Crossing): OnnxPoint[] => {
    const shape = shapes.get(tensor)
    const bytes = bytesOf(tensor)
    if (shape === undefined || bytes === null) return []
    const before = costs.slice(0, after)
    const sum = (part: 'macs' | 'parameters'): number => before.reduce((all, cost) => all + cost[part], 0)
    const name = tensor === flow.input ? 'input' : tensor === flow.output ? 'output' : layers[after - 1]!
    return [
      { name, tensor, after, shape: shape.slice(1), bytes, headMacs: sum('macs'), headParameters: sum('parameters') },
    ]
  })
}

/** So many points are enough for a curve; more only cost time. */
export const mostPoints = 24

/**
 * The points that are worth timing: of neighbours between which nothing is multiplied only the one with the fewest
 * bytes (the last of equal ones, so that an activation is not torn from its convolution; but not what only changes the
 * shape, such as Flatten). Where there are still too many: see `thinned`.
 */
export function usefulPoints(points: readonly OnnxPoint[], most = mostPoints): OnnxPoint[] {
  const groups: OnnxPoint[][] = []
  for (const point of points) {
    const group = groups.at(-1)
    if (group && group[0]!.headMacs === point.headMacs) group.push(point)
    else groups.push([point])
  }
  const [first, last] = [points[0]!, points.at(-1)!]
  const kept = groups.flatMap((group) => {
    if (group.includes(first)) return group.includes(last) ? [first, last] : [first]
    return group.includes(last) ? [last] : [bestOf(group)]
  })
  return kept.length <= most ? kept : thinned(kept, most)
}

/**
 * Both ends, what sends less than everything before it (only that can be the best cut of a device that is slower than
 * the server), and of the others as many as there may be, evenly; peaks between their neighbours go first.
 */
function thinned(points: readonly OnnxPoint[], most: number): OnnxPoint[] {
  let least = Number.POSITIVE_INFINITY
  const records = points.filter((point, at) => {
    const smaller = point.bytes < least
    least = Math.min(least, point.bytes)
    return smaller || at === points.length - 1
  })
  const chosen = new Set(records.length > most ? evenly(records, most) : records)
  const peak = ({ bytes }: OnnxPoint, at: number): boolean =>
    bytes > (points[at - 1]?.bytes ?? bytes) && bytes > (points[at + 1]?.bytes ?? bytes)
  const rest = points.filter((point) => !chosen.has(point))
  const flat = points.filter((point, at) => !chosen.has(point) && !peak(point, at))
  const free = most - chosen.size
  for (const point of evenly(flat.length >= free ? flat : rest, free)) chosen.add(point)
  return points.filter((point) => chosen.has(point))
}

/** `count` of the points, the first and the last included where there are two. */
const evenly = (points: readonly OnnxPoint[], count: number): OnnxPoint[] =>
  count >= points.length
    ? [...points]
    : Array.from({ length: count }, (_, i) => points[Math.round((i * (points.length - 1)) / Math.max(1, count - 1))]!)

function bestOf(group: readonly OnnxPoint[]): OnnxPoint {
  const fewest = group.find((point) => group.every(({ bytes }) => point.bytes <= bytes))!
  return group.findLast(({ bytes, shape }) => bytes === fewest.bytes && shape.join() === fewest.shape.join()) ?? fewest
}
