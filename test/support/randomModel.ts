import { buildNetwork } from '#common/network/architectures/index.ts'
import type { Network } from '#common/network/graph.ts'
import type { Model } from '#common/network/weights.ts'
import { allWeightShapes } from '#common/network/weights.ts'
import type { Random } from '#common/random.ts'
import { random } from '#common/random.ts'

/** CIFAR-10's usual constants. */
const mean = [0.4914, 0.4822, 0.4465]
const std = [0.2023, 0.1994, 0.201]

export const smallVgg = (width: number, classes = 10): Network =>
  buildNetwork('vgg16', { classes, width, size: 32, mean, std })

/** Weights that keep activations near 1, with biases and running statistics that are not trivial. */
export function randomModel(network: Network, seed: number): Model {
  const rng = random(seed, 'weights')
  const weights = new Map<string, Float32Array>()
  for (const [name, shape] of allWeightShapes(network)) {
    const count = shape.reduce((product, extent) => product * extent, 1)
    const spread = shape.length > 1 ? Math.sqrt((2 * shape[0]) / count) : 0.3
    const centre = name.endsWith('.running_var') ? 1.5 : shape.length === 1 && name.endsWith('.weight') ? 0.7 : 0
    weights.set(
      name,
      Float32Array.from({ length: count }, () => {
        const value = centre + spread * rng.normal()
        // GDN's weights are held at 0 and above, where its gradient has a kink.
        return centre > 0 || name.includes('gdn.') ? Math.abs(value) + 0.1 : value
      }),
    )
  }
  return { network, weights }
}

export const randomBytes = (count: number, rng: Random): Uint8Array =>
  Uint8Array.from({ length: count }, () => rng.below(256))
