import type { Network } from '#common/network/graph.ts'
import type { Model, Weights } from '#common/network/weights.ts'
import { allWeightShapes } from '#common/network/weights.ts'
import { random } from '#common/random.ts'

/**
 * A network's seeded start: filters from a normal distribution of variance 2/(k²·Cout), depthwise ones 2/k² (He et al. 2015, fan-out,
 * for ReLU), dense weights uniform within ±1/√in (PyTorch's default), biases 0, normalisation 1 and 0, running statistics
 * 0 and 1. Every tensor has a random stream of its own.
 */
export function initialise(network: Network, seed: number): Model {
  const weights: Weights = new Map()
  const depthwise = new Set(network.layers.filter(({ op }) => op === 'depthwise').map(({ name }) => `${name}.weight`))
  for (const [name, shape] of allWeightShapes(network)) {
    const count = shape.reduce((product, extent) => product * extent, 1)
    weights.set(name, start(name, shape, count, seed, depthwise.has(name)))
  }
  return { network, weights }
}

function start(name: string, shape: readonly number[], count: number, seed: number, depthwise: boolean): Float32Array {
  if (shape.length === 1) {
    const one = name.endsWith('.weight') || name.endsWith('.running_var')
    return new Float32Array(count).fill(one ? 1 : 0)
  }
  const rng = random(seed, 'initialise', name)
  const [outputs, inputs, height, width] = shape
  if (shape.length === 2) {
    const bound = 1 / Math.sqrt(inputs!)
    return Float32Array.from({ length: count }, () => (2 * rng.next() - 1) * bound)
  }
  const deviation = Math.sqrt(2 / ((depthwise ? 1 : outputs!) * height! * width!))
  return Float32Array.from({ length: count }, () => rng.normal() * deviation)
}
