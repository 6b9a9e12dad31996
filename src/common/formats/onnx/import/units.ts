import type { Layer, Network } from '../../../network/graph.ts'
import { inferShapes } from '../../../network/shapes.ts'

/**
 * Groups layers into units, which are what partition points are named after. A unit begins where one single tensor
 * crosses; normalisation, activation and shuffling belong to what is before them, a flatten to the dense layer behind it.
 * What lies between two such places with branches (a residual block) is one unit. So are the three convolutions of an
 * inverted residual without a shortcut (Sandler et al. 2018) and the two of a separable convolution (Howard et al. 2017).
 */
export function nameUnits(network: Network): Network {
  const segments = joinSeparable(network, joinFollowers(segmentsOf(network)))
  const taken = new Set(['input', 'output'])
  const units = new Map<string, string>()
  for (const [index, layers] of segments.entries()) {
    if (index === 0) {
      units.set(layers[0]!.name, 'input')
      continue
    }
    const unit = freeName(unitName(layers), taken)
    taken.add(unit)
    for (const { name } of layers) units.set(name, unit)
  }
  return { ...network, layers: network.layers.map((layer) => ({ ...layer, unit: units.get(layer.name)! })) }
}

/** Runs of layers that end where only the last one's output is read later. */
function segmentsOf({ layers }: Network): Layer[][] {
  const lastReader = new Map<string, number>()
  layers.forEach(({ inputs }, index) => {
    for (const input of inputs) lastReader.set(input, index)
  })
  const segments: Layer[][] = []
  let segment: Layer[] = []
  let furthest = -1
  layers.forEach((layer, index) => {
    segment.push(layer)
    // `furthest`: the last place at which something before this layer is still read.
    if (furthest <= index) {
      segments.push(segment)
      segment = []
    }
    furthest = Math.max(furthest, lastReader.get(layer.name) ?? index)
  })
  if (segment.length > 0) segments.push(segment)
  return segments
}

const followers: ReadonlySet<Layer['op']> = new Set<Layer['op']>(['batchnorm', 'relu', 'activation', 'select'])

function joinFollowers(segments: Layer[][]): Layer[][] {
  const joined: Layer[][] = []
  let waiting: Layer[] = []
  for (const segment of segments) {
    const [first] = segment
    if (segment.length === 1 && first!.op === 'flatten') {
      waiting = [...waiting, ...segment]
      continue
    }
    const before = joined.at(-1)
    if (segment.length === 1 && followers.has(first!.op) && waiting.length === 0 && joined.length > 1) {
      before!.push(first!)
    } else {
      joined.push([...waiting, ...segment])
      waiting = []
    }
  }
  if (waiting.length > 0) joined.at(-1)!.push(...waiting)
  return joined
}

/** The convolution that leads a unit, where it is a plain one. */
function leader(unit: readonly Layer[] | undefined, op: 'conv' | 'depthwise', pixel: boolean): Layer | undefined {
  const leading = unit?.filter((layer) => !followers.has(layer.op))
  const [layer] = leading ?? []
  if (leading?.length !== 1 || layer?.op !== op) return undefined
  return !pixel || layer.kernel === 1 ? layer : undefined
}

function joinSeparable(network: Network, units: Layer[][]): Layer[][] {
  const shapes = inferShapes(network)
  const joined: Layer[][] = []
  for (let index = 0; index < units.length; index++) {
    const unit = units[index]!
    const depthwise = leader(unit, 'depthwise', false)
    const pointwise = leader(units[index + 1], 'conv', true)
    if (!depthwise || !pointwise) {
      joined.push(unit)
      continue
    }
    const expansion = leader(joined.at(-1), 'conv', true)
    const isLinear = !units[index + 1]!.some(({ op }) => op === 'relu' || op === 'activation')
    const grows =
      expansion && shapes.get(expansion.name)!.channels > shapes.get(expansion.inputs[0]!)!.channels && isLinear
    const before = grows ? joined.pop()! : []
    joined.push([...before, ...unit, ...units[index + 1]!])
    index += 1
  }
  return joined
}

/**
 * The module that all layers with weights of a unit belong to; else the first of them; else its first layer. What joins
 * them (an addition) does not always carry the module's name.
 */
function unitName(layers: readonly Layer[]): string {
  const leading = layers.filter(({ op }) => op === 'conv' || op === 'depthwise' || op === 'dense')
  const [first] = leading.length > 0 ? leading : layers.filter(({ op }) => !followers.has(op) && op !== 'flatten')
  if (leading.length <= 1) return (first ?? layers[0]!).name
  const paths = leading.map(({ name }) => name.split('.'))
  const differs = paths[0]!.findIndex((part, at) => paths.some((path) => path[at] !== part))
  const common = differs < 0 ? paths[0]! : paths[0]!.slice(0, differs)
  return common.length > 0 ? common.join('.') : leading[0]!.name
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted
  for (let number = 2; taken.has(name); number++) name = `${wanted}-${number}`
  return name
}
