import type { Network } from './graph.ts'
import { layerNamed } from './graph.ts'

/** Whether a layer's output is a vector: it comes after a flatten or dense layer. Elsewhere it is a map [C, H, W]. */
export function isFlat(network: Network, name: string): boolean {
  const layer = layerNamed(network, name)
  if (layer.op === 'flatten' || layer.op === 'dense') return true
  return (layer.op === 'relu' || layer.op === 'batchnorm') && isFlat(network, layer.inputs[0]!)
}
