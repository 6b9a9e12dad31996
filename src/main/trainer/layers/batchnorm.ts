import type { BatchNormLayer, FeatureShape } from '#common/network/graph.ts'
import type { Weights } from '#common/network/weights.ts'
import type { BatchNormGradients, Kernels, Parameter, Tensor, TrainedBatchNorm } from '../backend/kernels.ts'
import type { Operator } from './operator.ts'
import { plainTrainable } from './operator.ts'

/** In PyTorch's sense: the share of the new batch. */
const momentum = 0.1

/**
 * Batch normalisation (Ioffe & Szegedy 2015) per channel: in training by the batch's biased variance, while the running
 * variance is unbiased; in evaluation by the running statistics.
 *
 * `absorbedBias` belongs to the convolution before, which leaves it out in training: the batch's mean then lacks it.
 */
export function batchNormOperator(
  layer: BatchNormLayer,
  { channels }: FeatureShape,
  weights: Weights,
  kernels: Kernels,
  absorbedBias: Parameter | undefined,
): Operator {
  const stored = (suffix: string): Float32Array => weights.get(`${layer.name}.${suffix}`)!
  const scale = kernels.parameter(stored('weight'), [channels])
  const offset = kernels.parameter(stored('bias'), [channels])
  const running = {
    mean: kernels.keep(kernels.upload(stored('running_mean'), [channels])),
    variance: kernels.keep(kernels.upload(stored('running_var'), [channels])),
  }
  const replace = (name: keyof typeof running, tensor: Tensor): void => {
    running[name].dispose()
    running[name] = kernels.keep(tensor)
  }

  const withConstants = <T>(body: (gamma: Tensor, beta: Tensor) => T): T => {
    const gamma = scale.value()
    const beta = offset.value()
    const result = body(gamma, beta)
    gamma.dispose()
    beta.dispose()
    return result
  }

  const train = (x: Tensor, updating: boolean, rectified: boolean): TrainedBatchNorm => {
    const bias = absorbedBias?.value()
    const mean = bias ? kernels.subtract(running.mean, bias) : running.mean
    const result = withConstants((gamma, beta) =>
      kernels.batchNormTrain(x, gamma, beta, { mean, variance: running.variance }, momentum, rectified),
    )
    if (bias) mean.dispose()
    if (!updating) {
      result.runningMean.dispose()
      result.runningVariance.dispose()
    } else {
      replace('mean', bias ? kernels.add(result.runningMean, bias) : result.runningMean)
      if (bias) result.runningMean.dispose()
      replace('variance', result.runningVariance)
    }
    bias?.dispose()
    return result
  }

  return {
    trainables: [plainTrainable(`${layer.name}.weight`, scale), plainTrainable(`${layer.name}.bias`, offset)],
    needs: { inputs: true, output: false },
    forward([x], { mode, recording, updating, rectified }) {
      if (mode === 'eval') {
        const output = withConstants((gamma, beta) => kernels.batchNormEval(x!, gamma, beta, running, rectified))
        return { output, saved: [] }
      }
      const { output, saved } = train(x!, updating, rectified)
      if (recording) return { output, saved }
      for (const tensor of saved) tensor.dispose()
      return { output, saved: [] }
    },
    backward({ gradient, inputs: [x], saved, wanted: [wanted] }, { mode, onGradient }) {
      const gradients: BatchNormGradients = withConstants((gamma) =>
        mode === 'train'
          ? kernels.batchNormTrainGradient(gradient, x!, gamma, saved)
          : kernels.batchNormEvalGradient(gradient, x!, gamma, running),
      )
      if (onGradient) {
        onGradient(scale, gradients.scale)
        onGradient(offset, gradients.offset)
      } else {
        gradients.scale.dispose()
        gradients.offset.dispose()
      }
      if (wanted) return [gradients.input]
      gradients.input.dispose()
      return [undefined]
    },
    storeRunning(weights) {
      weights.set(`${layer.name}.running_mean`, running.mean.dataSync<'float32'>().slice())
      weights.set(`${layer.name}.running_var`, running.variance.dataSync<'float32'>().slice())
    },
    dispose() {
      for (const owned of [scale, offset, running.mean, running.variance]) owned.dispose()
    },
  }
}
