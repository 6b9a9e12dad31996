import { outputLayer } from '#common/network/graph.ts'
import { inferShapes } from '#common/network/shapes.ts'
import type { Model, Weights } from '#common/network/weights.ts'
import { allWeightShapes, assertWeightsFit } from '#common/network/weights.ts'
import type { Backend } from '../backend/index.ts'
import type { SgdRule, Tensor } from '../backend/kernels.ts'
import type { ChannelDraws } from '../layers/codec/draws.ts'
import type { Mode, Trainable } from '../layers/operator.ts'
import { fromRows, toRows } from '../layers/rows.ts'
import type { SoftLabels } from './distil.ts'
import { gradientAtLogits } from './distil.ts'
import { Graph } from './graph.ts'
import { scoreLogits } from './loss.ts'

export interface StepResult {
  /** Mean cross-entropy of the batch before the update. */
  loss: number
  correct: number
}

/**
 * A network on the backend. Images are uint8 [N, H, W, 3]; feature maps come and go as float32 [N, C, H, W],
 * always in evaluation mode (running statistics). Calls are synchronous. `dispose` frees the tensors.
 */
export interface Executor {
  readonly model: Pick<Model, 'network'>
  /** Logits [N, classes]. */
  predict(images: Uint8Array, count: number): Float32Array
  /** Outputs of the named layers; "input" gives the normalised images. */
  features(images: Uint8Array, count: number, layers: readonly string[]): Map<string, Float32Array>
  /** Means over images and positions of the named layers' channels. */
  channelMeans(images: Uint8Array, count: number, layers: readonly string[]): Map<string, Float32Array>
  /** Logits [N, classes] from the output of `afterLayer`; with `draws` through a random channel. */
  tail(features: Float32Array, count: number, afterLayer: string, draws?: ChannelDraws): Float32Array
  /** One step of SGD on the mean cross-entropy of the batch, or towards a teacher's logits; running statistics move. */
  trainStep(images: Uint8Array, labels: ArrayLike<number>, rule: SgdRule, soft?: SoftLabels): StepResult
  /** ∂(mean cross-entropy)/∂w of every trainable tensor, in file layout; nothing moves. */
  gradients(images: Uint8Array, labels: ArrayLike<number>, mode?: Mode): Weights
  /**
   * Σ over the examples of |mean over positions of ∂C/∂z·z| for each channel of the named layers, C the cross-entropy
   * of the example (frameworks.md §6); `signed` without the absolute value. Nothing moves.
   */
  taylor(
    images: Uint8Array,
    labels: ArrayLike<number>,
    layers: readonly string[],
    options?: { mode?: Mode },
  ): Map<string, { absolute: Float32Array; signed: Float32Array }>
  /** A copy of the weights in file layout. */
  weights(): Weights
  /** Momentum buffers by the name of their weight, in file layout; empty before the first step. */
  optimiserState(): Map<string, Float32Array>
  setOptimiserState(state: ReadonlyMap<string, Float32Array>): void
  dispose(): void
}

/** Puts a model on the backend. Throws where graph and weights do not belong together. The model is not changed. */
export function createExecutor(backend: Backend, model: Model): Executor {
  assertWeightsFit(model)
  const { network } = model
  const { kernels } = backend
  const graph = new Graph(model, kernels)
  const shapes = inferShapes(network)
  const [inputLayer] = network.layers
  if (inputLayer?.op !== 'input') throw new Error('the first layer of a network is its input')
  const output = outputLayer(network).name
  const logitsShape = shapes.get(output)!
  const trainables = [...graph.operators.values()].flatMap((operator) => operator.trainables)
  const trained = graph.differentiable((_, operator) => operator.trainables.length > 0)

  const imageTensor = (images: Uint8Array, count: number): Map<string, Tensor> => {
    const shape = [count, inputLayer.height, inputLayer.width, inputLayer.channels]
    return new Map([[inputLayer.name, kernels.normalise(images, shape, network.mean, network.std)]])
  }
  const download = (tensor: Tensor): Float32Array => {
    const ordered = kernels.channelsFirst(tensor)
    const values = ordered.dataSync<'float32'>().slice()
    ordered.dispose()
    tensor.dispose()
    return values
  }

  /** Forward, loss, and the gradient of `scale` · Σ C at the logits. */
  const differentiate = (
    images: Uint8Array,
    labels: ArrayLike<number>,
    request: {
      mode: Mode
      through: ReadonlySet<string>
      updating: boolean
      scale: number
      keep?: readonly string[]
      soft?: SoftLabels | undefined
    },
    use: Parameters<Graph['backward']>[4],
  ): StepResult => {
    const { mode, through, updating, scale, keep = [], soft } = request
    const recorded = graph.forward({
      mode,
      given: imageTensor(images, labels.length),
      wanted: new Set([output, ...keep]),
      recordFor: through,
      updating,
    })
    const logits = recorded.outputs.get(output)!
    const values = logits.dataSync<'float32'>()
    const { lossSum, correct } = scoreLogits(values, labels)
    const rows = toRows(logits, logitsShape, kernels)
    const gradient = gradientAtLogits(kernels, rows, values, labels, scale, soft)
    graph.backward(recorded, fromRows(gradient, logitsShape, kernels), through, mode, use)
    rows.dispose()
    gradient.dispose()
    return { loss: lossSum / labels.length, correct }
  }

  return {
    model: { network },
    predict: (images, count) =>
      kernels.scope(() => {
        const { outputs } = graph.forward({
          mode: 'eval',
          given: imageTensor(images, count),
          wanted: new Set([output]),
        })
        return download(outputs.get(output)!)
      }),
    features: (images, count, layers) =>
      kernels.scope(() => {
        const { outputs } = graph.forward({ mode: 'eval', given: imageTensor(images, count), wanted: new Set(layers) })
        return new Map([...new Set(layers)].map((name) => [name, download(outputs.get(name)!)]))
      }),
    channelMeans: (images, count, layers) =>
      kernels.scope(() => {
        const { outputs } = graph.forward({ mode: 'eval', given: imageTensor(images, count), wanted: new Set(layers) })
        return new Map(
          layers.map((name) => {
            const output = outputs.get(name)!
            const { channels } = shapes.get(name)!
            const means = kernels.compute((tf) => tf.mean(tf.reshape(output, [-1, channels]), 0))
            const values = means.dataSync<'float32'>().slice()
            means.dispose()
            output.dispose()
            return [name, values]
          }),
        )
      }),
    tail: (features, count, afterLayer, draws) =>
      kernels.scope(() => {
        const { channels, height, width } = shapes.get(afterLayer)!
        const uploaded = kernels.upload(features, [count, channels, height, width])
        const given = new Map([[afterLayer, kernels.channelsLast(uploaded)]])
        return download(graph.forward({ mode: 'eval', given, wanted: new Set([output]), draws }).outputs.get(output)!)
      }),
    trainStep: (images, labels, rule, soft) =>
      kernels.scope(() => {
        const update = kernels.beginUpdate(rule)
        const result = differentiate(
          images,
          labels,
          { mode: 'train', through: trained, updating: true, scale: 1 / labels.length, soft },
          {
            onGradient: (parameter, gradient) => {
              update.apply(parameter, gradient)
              gradient.dispose()
            },
          },
        )
        update.dispose()
        return result
      }),
    gradients: (images, labels, mode = 'train') =>
      kernels.scope(() => {
        const found = new Map<unknown, Float32Array>()
        differentiate(
          images,
          labels,
          { mode, through: trained, updating: false, scale: 1 / labels.length },
          {
            onGradient: (parameter, gradient) => {
              found.set(parameter, gradient.dataSync<'float32'>().slice())
              gradient.dispose()
            },
          },
        )
        return new Map(
          trainables.map(({ name, parameter, toFile }) => [
            name,
            toFile(found.get(parameter) ?? new Float32Array(parameter.shape[0]!)),
          ]),
        )
      }),
    taylor: (images, labels, layers, { mode = 'eval' } = {}) =>
      kernels.scope(() => {
        const scores = new Map<string, { absolute: Float32Array; signed: Float32Array }>()
        const read = (tensor: Tensor): Float32Array => {
          const values = tensor.dataSync<'float32'>().slice()
          tensor.dispose()
          return values
        }
        const through = graph.differentiable(({ name }) => layers.includes(name))
        differentiate(
          images,
          labels,
          { mode, through, updating: false, scale: 1, keep: layers },
          {
            visit: (name, activation, gradient) => {
              if (!layers.includes(name)) return
              const { absolute, signed } = kernels.taylorSum(activation!, gradient)
              scores.set(name, { absolute: read(absolute), signed: read(signed) })
            },
          },
        )
        return new Map(layers.map((name) => [name, scores.get(name)!]))
      }),
    weights: () => {
      const found: Weights = new Map()
      for (const { name, parameter, toFile } of trainables) found.set(name, toFile(parameter.read()))
      for (const operator of graph.operators.values()) operator.storeRunning?.(found)
      return new Map([...allWeightShapes(network).keys()].map((name) => [name, found.get(name)!]))
    },
    optimiserState: () =>
      new Map(
        trainables.flatMap(({ name, parameter, toFile }) => {
          const velocity = parameter.readVelocity()
          return velocity ? [[name, toFile(velocity)] as const] : []
        }),
      ),
    setOptimiserState: (state) => setVelocities(trainables, state),
    dispose: () => graph.dispose(),
  }
}

function setVelocities(trainables: readonly Trainable[], state: ReadonlyMap<string, Float32Array>): void {
  for (const { name, parameter, fromFile } of trainables) {
    const values = state.get(name)
    if (values) parameter.setVelocity(fromFile(values))
  }
}
