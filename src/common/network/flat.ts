import type { Layer, Network } from './graph.ts'
import { layerNamed } from './graph.ts'

const passing: ReadonlySet<Layer['op']> = new Set<Layer['op']>([
  ...(['relu', 'batchnorm', 'activation', 'add', 'multiply', 'concat', 'select'] as const),
  ...(['quantise', 'codebook', 'awgn', 'erasure', 'jpeg', 'power'] as const),
])

/** Whether a layer's output is a vector or a map as its (first) input is. */
export const keepsRank = ({ op }: Pick<Layer, 'op'>): boolean => passing.has(op)

/** Whether a layer's output is a vector: it comes after a flatten or dense layer. Elsewhere it is a map [C, H, W]. */
export function isFlat(network: Network, name: string): boolean {
  const layer = layerNamed(network, name)
  if (layer.op === 'flatten' || layer.op === 'dense') return true
  return passing.has(layer.op) && isFlat(network, layer.inputs[0]!)
}
