import type * as TensorFlow from '@tensorflow/tfjs'
import type { Random } from '#common/random.ts'
import type { Backend } from '../backend/index.ts'
import type { Tensor } from '../backend/kernels.ts'
import { breathe } from '../data/breathe.ts'
import type { ImageSet } from '../data/imageSet.ts'

/** Of four layers, the one that gives the code. */
const codeLayer = 1
const batch = 128
const epochs = 3
const rate = 2e-3
/** Share of the pixels that are black in what the encoder sees while it learns (Vincent et al. 2008). */
const corrupted = 0.3
/** Adam's constants (Kingma & Ba 2015). */
const [beta1, beta2, tiny] = [0.9, 0.999, 1e-8]

/** Weights [in, out] and biases of pixels → hidden → code → hidden → pixels; all but the first two are of training only. */
export interface Autoencoder {
  sizes: readonly number[]
  weights: readonly Float32Array[]
  biases: readonly Float32Array[]
}

const layers = (sizes: readonly number[]): [number, number][] => sizes.slice(1).map((out, i) => [sizes[i]!, out])

/**
 * A denoising autoencoder (Vincent et al. 2008; frameworks.md §15, d): it learns to give back images of which it sees a
 * part. ReLU, a linear code, ReLU, sigmoids for pixels; binary cross-entropy, Adam, three passes.
 */
export async function fitAutoencoder(
  set: ImageSet,
  sizes: readonly [pixels: number, hidden: number, code: number],
  { kernels }: Backend,
  rng: Random,
  signal: AbortSignal,
  onProgress: (share: number) => void = () => {},
): Promise<Autoencoder> {
  const all = [...sizes, sizes[1], sizes[0]]
  const parameters = layers(all).flatMap(([inputs, outputs]) => {
    const bound = Math.sqrt(6 / (inputs + outputs))
    return [
      Float32Array.from({ length: inputs * outputs }, () => bound * (2 * rng.next() - 1)),
      new Float32Array(outputs),
    ]
  })
  const moments = parameters.map(({ length }) => [new Float32Array(length), new Float32Array(length)] as const)
  const pixels = sizes[0]
  const size = Math.min(batch, set.count)
  const steps = Math.max(1, Math.floor(set.count / size))
  for (let step = 0, order = new Int32Array(0); step < epochs * steps; step++) {
    if (step % steps === 0) order = rng.shuffle(Int32Array.from({ length: set.count }, (_, i) => i))
    const [clean, seen] = [new Float32Array(size * pixels), new Float32Array(size * pixels)]
    for (let n = 0; n < size; n++) {
      const from = order[(step % steps) * size + n]! * pixels
      for (let i = 0; i < pixels; i++) {
        const value = set.images[from + i]! / 255
        clean[n * pixels + i] = value
        seen[n * pixels + i] = rng.next() < corrupted ? 0 : value
      }
    }
    const gradients = kernels.compute((tf) => gradientsOf(tf, all, parameters, seen, clean))
    const falling = rate * (1 - step / (epochs * steps))
    for (const [index, tensor] of gradients.entries()) {
      adam(parameters[index]!, tensor.dataSync() as Float32Array, moments[index]!, falling, step + 1)
      tensor.dispose()
    }
    onProgress((step + 1) / (epochs * steps))
    await breathe(signal)
  }
  return {
    sizes: all,
    weights: parameters.filter((_, index) => index % 2 === 0),
    biases: parameters.filter((_, index) => index % 2 === 1),
  }
}

/** Codes of `count` images from `from` on, [count, code]. */
export function encode(
  set: ImageSet,
  from: number,
  count: number,
  { sizes, weights, biases }: Autoencoder,
  { kernels }: Backend,
): Float32Array {
  const pixels = sizes[0]!
  const values = Float32Array.from(set.images.subarray(from * pixels, (from + count) * pixels), (value) => value / 255)
  const codes = kernels.compute((tf) => {
    const layer = (x: Tensor, index: number): Tensor =>
      tf.add(
        tf.matMul(x as TensorFlow.Tensor2D, tf.tensor2d(weights[index]!, [sizes[index]!, sizes[index + 1]!])),
        tf.tensor1d(biases[index]!),
      )
    return layer(tf.relu(layer(tf.tensor2d(values, [count, pixels]), 0)), 1)
  })
  const result = codes.dataSync() as Float32Array
  codes.dispose()
  return result
}

/** ∂(mean over images of Σ over pixels of the binary cross-entropy), by parameter, in their order. */
export function gradientsOf(
  tf: typeof TensorFlow,
  sizes: readonly number[],
  parameters: readonly Float32Array[],
  seen: Float32Array,
  clean: Float32Array,
): Tensor[] {
  const count = seen.length / sizes[0]!
  const shapes = layers(sizes)
  const weights = shapes.map((shape, i) => tf.tensor2d(parameters[2 * i]!, shape))
  let x = tf.tensor2d(seen, [count, sizes[0]!])
  const inputs: TensorFlow.Tensor2D[] = []
  for (const [i, weight] of weights.entries()) {
    inputs.push(x)
    const sum = tf.add(tf.matMul(x, weight), tf.tensor1d(parameters[2 * i + 1]!)) as TensorFlow.Tensor2D
    x = i === codeLayer ? sum : i % 2 === 0 ? tf.relu(sum) : tf.sigmoid(sum)
  }
  // Of sigmoid and cross-entropy together: output − target.
  let gradient = tf.div(tf.sub(x, tf.tensor2d(clean, [count, sizes[0]!])), count) as TensorFlow.Tensor2D
  const gradients: Tensor[] = []
  for (let i = weights.length - 1; i >= 0; i--) {
    const input = inputs[i]!
    gradients.unshift(tf.matMul(input, gradient, true, false), tf.sum(gradient, 0))
    if (i === 0) break
    const back = tf.matMul(gradient, weights[i]!, false, true)
    // What the layer before gave: the code as it is, else a ReLU's output.
    gradient = (i === codeLayer + 1 ? back : tf.mul(back, tf.step(input))) as TensorFlow.Tensor2D
  }
  return gradients
}

function adam(
  values: Float32Array,
  gradient: Float32Array,
  [first, second]: readonly [Float32Array, Float32Array],
  step: number,
  time: number,
): void {
  const scale = (step * Math.sqrt(1 - beta2 ** time)) / (1 - beta1 ** time)
  for (let i = 0; i < values.length; i++) {
    const g = gradient[i]!
    first[i] = beta1 * first[i]! + (1 - beta1) * g
    second[i] = beta2 * second[i]! + (1 - beta2) * g * g
    values[i] -= (scale * first[i]!) / (Math.sqrt(second[i]!) + tiny)
  }
}
