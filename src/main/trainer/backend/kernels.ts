import type * as TensorFlow from '@tensorflow/tfjs'
import type { Tensor } from '@tensorflow/tfjs'
import type { Window } from '#common/network/window.ts'

export type { Tensor } from '@tensorflow/tfjs'

/**
 * SGD as PyTorch defines it: d = g + weightDecay·w; v ← momentum·v + d; w ← w − rate·(nesterov ? d + momentum·v : v),
 * with v starting at 0.
 */
export interface SgdRule {
  rate: number
  momentum: number
  nesterov: boolean
  weightDecay: number
}

/** A trainable tensor with its momentum buffer, which exists from the first update on. */
export interface Parameter {
  readonly shape: readonly number[]
  /** The current value, for this step; the caller disposes it before the next update. */
  value(): Tensor
  /** Takes over the numbers of a tensor that an operation made; the caller still disposes it. */
  assign(value: Tensor): void
  read(): Float32Array
  /** The momentum buffer; undefined before the first update. */
  readVelocity(): Float32Array | undefined
  setVelocity(values: Float32Array): void
  dispose(): void
}

/** One step of the optimiser: the rule's constants are on the backend once for all parameters. */
export interface ParameterUpdate {
  apply(parameter: Parameter, gradient: Tensor): void
  dispose(): void
}

export interface TrainedBatchNorm {
  output: Tensor
  runningMean: Tensor
  /** Updated with the unbiased variance of the batch. */
  runningVariance: Tensor
  /** Statistics of this batch in the form that the gradient of the same backend wants. */
  saved: Tensor[]
}

export interface BatchNormGradients {
  input: Tensor
  scale: Tensor
  offset: Tensor
}

export interface BatchNormStatistics {
  mean: Tensor
  variance: Tensor
}

/**
 * What a training step consists of. Images and feature maps are NHWC float32, filters HWIO, dense weights [out, in].
 * Results belong to the caller, who disposes them; arguments are never changed or disposed, nor are arrays kept.
 */
export interface Kernels {
  upload(values: Float32Array, shape: readonly number[]): Tensor
  parameter(values: Float32Array, shape: readonly number[]): Parameter
  beginUpdate(rule: SgdRule): ParameterUpdate
  /** Runs `body`; frees what it made, except its result and what was kept with `keep`. */
  scope<T>(body: () => T): T
  keep(tensor: Tensor): Tensor
  /**
   * What has no kernel of its own, in tfjs' vocabulary: layers that run on small maps only. Frees what `body` made but
   * did not return (one tensor, a list, or an object of them), also the values of parameters that it took.
   */
  compute<T extends Tensor | Tensor[] | Record<string, Tensor>>(body: (tf: typeof TensorFlow) => T): T

  /** [N, H, W, C] bytes → (u/255 − mean)/std per channel. */
  normalise(images: Uint8Array, shape: readonly number[], mean: readonly number[], std: readonly number[]): Tensor

  conv(input: Tensor, filter: Tensor, window: Window): Tensor
  convInputGradient(inputShape: readonly number[], filter: Tensor, gradient: Tensor, window: Window): Tensor
  convFilterGradient(input: Tensor, filterShape: readonly number[], gradient: Tensor, window: Window): Tensor
  /** Filters are [kH, kW, C, 1]; both strides are equal. */
  depthwise(input: Tensor, filter: Tensor, window: Window): Tensor
  depthwiseInputGradient(inputShape: readonly number[], filter: Tensor, gradient: Tensor, window: Window): Tensor
  depthwiseFilterGradient(input: Tensor, filterShape: readonly number[], gradient: Tensor, window: Window): Tensor
  /** Adds [C] along the last axis. */
  biasAdd(input: Tensor, bias: Tensor): Tensor
  /** Sums over all axes but the last. */
  biasGradient(gradient: Tensor): Tensor

  /**
   * Statistics of the batch; running ← (1 − momentum)·running + momentum·batch. With `rectified`, max(0, x) of the
   * output comes out, and the gradient wants what passed `reluGradient`.
   */
  batchNormTrain(
    input: Tensor,
    scale: Tensor,
    offset: Tensor,
    running: BatchNormStatistics,
    momentum: number,
    rectified?: boolean,
  ): TrainedBatchNorm
  batchNormTrainGradient(gradient: Tensor, input: Tensor, scale: Tensor, saved: readonly Tensor[]): BatchNormGradients
  batchNormEval(
    input: Tensor,
    scale: Tensor,
    offset: Tensor,
    statistics: BatchNormStatistics,
    rectified?: boolean,
  ): Tensor
  batchNormEvalGradient(
    gradient: Tensor,
    input: Tensor,
    scale: Tensor,
    statistics: BatchNormStatistics,
  ): BatchNormGradients

  /** max(0, x), at most 6 where `max` says so. */
  relu(input: Tensor, max?: 6): Tensor
  /** gradient where the output is positive and below `max`, else 0. */
  reluGradient(gradient: Tensor, output: Tensor, max?: 6): Tensor
  /** Padding never wins. */
  maxPool(input: Tensor, window: Window): Tensor
  /** The same for a gradient to follow; `saved` is in the form that the gradient of the same backend wants. */
  maxPoolTrain(input: Tensor, window: Window): { output: Tensor; saved: Tensor[] }
  /** Of equal maxima the first, row by row, gets the gradient. */
  maxPoolGradient(gradient: Tensor, input: Tensor, output: Tensor, saved: readonly Tensor[], window: Window): Tensor
  /** Padding counts as zeros. */
  avgPool(input: Tensor, window: Window): Tensor
  avgPoolGradient(gradient: Tensor, inputShape: readonly number[], window: Window): Tensor
  /** [N, H, W, C] → [N, 1, 1, C]. */
  globalMean(input: Tensor): Tensor
  globalMeanGradient(gradient: Tensor, inputShape: readonly number[]): Tensor
  /** Behind one another along the last axis. */
  concat(inputs: readonly Tensor[]): Tensor
  /** `count` entries of the last axis from `start` on. */
  sliceChannels(input: Tensor, start: number, count: number): Tensor

  matMul(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor
  add(a: Tensor, b: Tensor): Tensor
  subtract(a: Tensor, b: Tensor): Tensor
  reshape(input: Tensor, shape: readonly number[]): Tensor
  /** NHWC → NCHW. */
  channelsFirst(input: Tensor): Tensor
  /** NCHW → NHWC. */
  channelsLast(input: Tensor): Tensor

  /** `scale` · ∂C/∂logits of the cross-entropy C of each example: softmax − one-hot. Logits are [N, classes]. */
  crossEntropyGradient(logits: Tensor, labels: Int32Array, scale: number): Tensor
  /**
   * Molchanov's Taylor term (frameworks.md §6) summed over the examples: Σ_n |mean over positions of gradient·activation|,
   * per channel [C]; `signed` is the sum without the absolute value.
   */
  taylorSum(activation: Tensor, gradient: Tensor): { absolute: Tensor; signed: Tensor }
}
