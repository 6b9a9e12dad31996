import type { Layer, Network } from '#common/network/graph.ts'
import { consumersOf, layerNamed } from '#common/network/graph.ts'
import type { FeatureCoding } from '../onnx/coding.ts'
import type { Range, Scale } from './numbers.ts'
import { scaleOf } from './numbers.ts'

/** Which tensors of a head are whole numbers, and on what scale. Networks here are folded (fold.ts). */

/** What ONNX Runtime computes on codes; all others compute on floats between them. */
const integerOps: ReadonlySet<Layer['op']> = new Set<Layer['op']>([
  ...(['conv', 'depthwise', 'dense', 'maxpool', 'avgpool', 'adaptivepool'] as const),
  ...(['add', 'multiply', 'concat', 'flatten', 'select', 'relu'] as const),
])
/** Their codes are codes of their input. */
const passingOps: ReadonlySet<Layer['op']> = new Set<Layer['op']>(['maxpool', 'flatten', 'select'])

const lastOf = ({ layers }: Network): Layer => layers[layers.length - 1]!

/**
 * Whether a ReLU behind the layer is part of it: codes that begin at 0 cut off what it would. Not one behind another: ONNX
 * Runtime 1.30 fuses two clips in a row to a graph that it then cannot load.
 */
function isRectified(head: Network, layer: Layer): boolean {
  const [only, other] = consumersOf(head, layer.name)
  if (layer.op === 'relu') return false
  return only?.op === 'relu' && other === undefined && !passingOps.has(layer.op) && layer.op !== 'input'
}

/** Whether a layer's output exists as codes. The numbers of a dense layer at the end leave as floats, as it sums them. */
export function isCoded(head: Network, layer: Layer): boolean {
  if (isRectified(head, layer)) return false
  if (layer === lastOf(head) && layer.op === 'dense') return false
  if (integerOps.has(layer.op)) return true
  return consumersOf(head, layer.name).some(({ op }) => integerOps.has(op))
}

/** The layer whose scale a layer's codes have. */
function rootOf(head: Network, layer: Layer): Layer {
  return passingOps.has(layer.op) ? rootOf(head, layerNamed(head, layer.inputs[0]!)) : layer
}

/** Whether the codes that cross are the last layer's own: no further rounding lies between. */
export const crossesAsItIs = (head: Network, coding: FeatureCoding): coding is FeatureCoding & { type: 'uint8' } =>
  coding.type === 'uint8' && coding.offset === 0 && (coding.levels ?? 255) === 255 && isCoded(head, lastOf(head))

/** Layers whose values have to be seen before their scales can be told. */
export const observedLayers = (head: Network): string[] =>
  head.layers.flatMap((layer) =>
    layer.op !== 'input' && isCoded(head, layer) && rootOf(head, layer) === layer ? [layer.name] : [],
  )

/** The scale of every layer whose output is codes. `ranges`: of `observedLayers`. */
export function tensorScales(
  head: Network,
  coding: FeatureCoding,
  ranges: ReadonlyMap<string, Range>,
): Map<string, Scale> {
  const scales = new Map<string, Scale>()
  const crossing = crossesAsItIs(head, coding) ? rootOf(head, lastOf(head)) : undefined
  for (const layer of head.layers) {
    if (!isCoded(head, layer)) continue
    const root = rootOf(head, layer)
    if (root !== layer) scales.set(layer.name, scales.get(root.name)!)
    else if (layer === crossing && coding.type === 'uint8')
      scales.set(layer.name, { scale: Math.fround(coding.scale), zero: 0 })
    else scales.set(layer.name, scaleOf(layer.op === 'input' ? imageRange(head) : ranges.get(layer.name)!))
  }
  return scales
}

/** Of normalised pixels. */
const imageRange = ({ mean, std }: Network): Range => ({
  low: Math.min(...mean.map((one, channel) => -one / std[channel]!)),
  high: Math.max(...mean.map((one, channel) => (1 - one) / std[channel]!)),
})
