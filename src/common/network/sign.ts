import type { Layer, Network } from './graph.ts'
import { layerNamed } from './graph.ts'

const preserving: ReadonlySet<Layer['op']> = new Set<Layer['op']>([
  'maxpool',
  'avgpool',
  'adaptivepool',
  'add',
  'concat',
  'select',
  'flatten',
])

/**
 * Whether a layer's output cannot be negative: it is a ReLU's, possibly pooled, flattened or
 * added to others of the kind after.
 */
export function isNonNegative(network: Network, name: string): boolean {
  const layer = layerNamed(network, name)
  if (layer.op === 'relu') return true
  return preserving.has(layer.op) && layer.inputs.every((input) => isNonNegative(network, input))
}
