import { outputLayer } from '#common/network/graph.ts'
import { inferShapes } from '#common/network/shapes.ts'
import type { Model, Weights } from '#common/network/weights.ts'
import { allWeightShapes, assertWeightsFit } from '#common/network/weights.ts'
import type { Backend } from '../backend/index.ts'
import type { Tensor } from '../backend/kernels.ts'
import type { ChannelDraws } from '../layers/codec/draws.ts'
import { fromRows, toRows } from '../layers/rows.ts'
import type { AdamRule } from './adam.ts'
import { Adam } from './adam.ts'
import type { SoftLabels } from './distil.ts'
import { gradientAtLogits } from './distil.ts'
import type { StepResult } from './executor.ts'
import { Graph } from './graph.ts'
import { scoreLogits } from './loss.ts'

/** What a step begins with: images, uint8 [N, H, W, 3], or the output of a layer, float32 [N, C, H, W]. */
export type Given = { images: Uint8Array; count: number } | { layer: string; values: Float32Array; count: number }

export interface FitStep {
  given: Given
  labels: ArrayLike<number>
  rule: AdamRule
  draws?: ChannelDraws
  /** A teacher's logits of the same images, to be met too. */
  soft?: SoftLabels | undefined
  /** Added to the loss: Σ α·|w|, α per element of the named weights (vectors). */
  penalty?: ReadonlyMap<string, Float32Array>
  /** Instead of the cross-entropy: mean |output of this layer − the given features|. */
  restore?: string
}

/**
 * Trains some layers of a network, by Adam, from the output of a layer on: all others keep their weights and run as in
 * evaluation, so that what lies before them need be computed once only. `dispose` frees the tensors.
 */
export interface Fitter {
  step(step: FitStep): StepResult
  /** A copy of the weights in file layout. */
  weights(): Weights
  dispose(): void
}

/** `trained`: names of the layers that learn. Throws where graph and weights do not belong together. */
export function createFitter({ kernels }: Backend, model: Model, trained: ReadonlySet<string>): Fitter {
  assertWeightsFit(model)
  const { network } = model
  const graph = new Graph(model, kernels)
  const shapes = inferShapes(network)
  const output = outputLayer(network).name
  const frozen = new Set(network.layers.map(({ name }) => name).filter((name) => !trained.has(name)))
  const through = graph.differentiable(({ name }, { trainables }) => trained.has(name) && trainables.length > 0)
  const adam = new Adam(kernels)
  const nameOf = new Map(
    [...graph.operators.values()].flatMap(({ trainables }) =>
      trainables.map(({ parameter, name }) => [parameter, name]),
    ),
  )
  const tensorOf = (given: Given, layer: string): Tensor => {
    const { channels, height, width } = shapes.get(layer)!
    if ('images' in given) {
      return kernels.normalise(given.images, [given.count, height, width, channels], network.mean, network.std)
    }
    return kernels.channelsLast(kernels.upload(given.values, [given.count, channels, height, width]))
  }

  return {
    step: ({ given, labels, rule, draws, restore, penalty, soft }) =>
      kernels.scope(() => {
        adam.begin()
        const layer = 'layer' in given ? given.layer : network.layers[0]!.name
        const features = tensorOf(given, layer)
        const end = restore ?? output
        const recorded = graph.forward({
          mode: 'train',
          given: new Map([[layer, kernels.reshape(features, features.shape)]]),
          wanted: new Set([end]),
          recordFor: through,
          updating: true,
          frozen,
          draws,
        })
        const found = recorded.outputs.get(end)!
        const { result, gradient } = restore ? restoring(found, features) : classifying(found)
        graph.backward(recorded, gradient, through, 'train', {
          frozen,
          from: end,
          onGradient: (parameter, one) => {
            adam.apply(parameter, one, rule, penalty?.get(nameOf.get(parameter)!))
            one.dispose()
          },
        })
        return result

        function classifying(logits: Tensor) {
          const values = logits.dataSync<'float32'>()
          const { lossSum, correct } = scoreLogits(values, labels)
          const rows = toRows(logits, shapes.get(output)!, kernels)
          const byRows = gradientAtLogits(kernels, rows, values, labels, 1 / given.count, soft)
          return {
            result: { loss: lossSum / given.count, correct },
            gradient: fromRows(byRows, shapes.get(output)!, kernels),
          }
        }
        function restoring(restored: Tensor, target: Tensor) {
          const { apart, gradient } = kernels.compute((tf) => {
            const difference = tf.sub(restored, target)
            return {
              apart: tf.mean(tf.abs(difference)) as Tensor,
              gradient: tf.div(tf.sign(difference), target.size) as Tensor,
            }
          })
          return { result: { loss: apart.dataSync<'float32'>()[0]!, correct: 0 }, gradient }
        }
      }),
    weights: () => {
      const found: Weights = new Map()
      for (const operator of graph.operators.values()) {
        for (const { name, parameter, toFile } of operator.trainables) found.set(name, toFile(parameter.read()))
        operator.storeRunning?.(found)
      }
      return new Map([...allWeightShapes(network).keys()].map((name) => [name, found.get(name)!]))
    },
    dispose: () => {
      adam.dispose()
      graph.dispose()
    },
  }
}
