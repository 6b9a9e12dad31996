import type { CodecLayer } from '#common/network/codecLayers.ts'
import { isCodecLayer } from '#common/network/codecLayers.ts'
import type { Network } from '#common/network/graph.ts'
import type { Model, Weights } from '#common/network/weights.ts'
import { allWeightShapes } from '#common/network/weights.ts'
import { random } from '#common/random.ts'

/**
 * A network's seeded start: filters from a normal distribution of variance 2/(k²·Cout), depthwise ones 2/k² (He et al. 2015, fan-out,
 * for ReLU), dense weights uniform within ±1/√in (PyTorch's default), biases 0, normalisation 1 and 0, running statistics
 * 0 and 1; layers of codecs as `codecStart` says. Every tensor has a random stream of its own.
 * `there`: weights that are not drawn, they stay.
 */
export function initialise(network: Network, seed: number, there: Weights = new Map()): Model {
  const weights: Weights = new Map()
  const codec = new Map(network.layers.filter(isCodecLayer).map((layer) => [layer.name, layer]))
  const depthwise = new Set(network.layers.filter(({ op }) => op === 'depthwise').map(({ name }) => `${name}.weight`))
  for (const [name, shape] of allWeightShapes(network)) {
    const count = shape.reduce((product, extent) => product * extent, 1)
    const known = there.get(name)
    if (known) {
      weights.set(name, known)
      continue
    }
    const owner = [...codec.values()].find((layer) => name.startsWith(`${layer.name}.`))
    weights.set(
      name,
      (owner && codecStart(owner, name.slice(owner.name.length + 1), shape, count)) ??
        start(name, shape, count, seed, depthwise.has(name)),
    )
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

/**
 * What is not drawn: PReLU's slopes ¼ (He et al. 2015), GDN's β 1 and γ 0.1 · I (CompressAI), attention's gain 0 (SAGAN),
 * a scalar codebook's words spread over −1…1.
 */
function codecStart(
  layer: CodecLayer,
  suffix: string,
  shape: readonly number[],
  count: number,
): Float32Array | undefined {
  if (layer.op === 'prelu') return new Float32Array(count).fill(0.25)
  if (layer.op === 'gdn' && suffix === 'bias') return new Float32Array(count).fill(1)
  if (layer.op === 'gdn') return Float32Array.from({ length: count }, (_, at) => (at % (shape[0]! + 1) === 0 ? 0.1 : 0))
  if (layer.op === 'attention' && suffix === 'gain') return new Float32Array(count)
  if (layer.op === 'codebook' && layer.kind === 'scalar') {
    return Float32Array.from({ length: count }, (_, at) => (2 * at) / (count - 1) - 1)
  }
  return undefined
}
