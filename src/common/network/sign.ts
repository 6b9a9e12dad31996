import type { Network } from './graph.ts'
import { layerNamed } from './graph.ts'

/** Whether a layer's output cannot be negative: it is a ReLU's, possibly pooled or flattened after. */
export function isNonNegative(network: Network, name: string): boolean {
  const layer = layerNamed(network, name)
  if (layer.op === 'relu') return true
  return (layer.op === 'maxpool' || layer.op === 'flatten') && isNonNegative(network, layer.inputs[0]!)
}
