import type { Weights } from '#common/network/weights.ts'
import type { Kernels, Parameter, Tensor } from '../backend/kernels.ts'
import type { ChannelDraws } from './codec/draws.ts'

/** Statistics of batch normalisation: those of the batch (and the running ones move), or the running ones. */
export type Mode = 'train' | 'eval'

export interface ForwardPass {
  kernels: Kernels
  mode: Mode
  /** A gradient will follow: keep what it needs in `saved`. */
  recording: boolean
  /** Whether the running statistics of normalisation move (in mode "train"). */
  updating: boolean
  /** Of a random channel; where there are none, a channel hands on what it gets. */
  draws?: ChannelDraws | undefined
  /** The ReLU behind this normalisation is to be computed with it. */
  rectified: boolean
}

export interface Forward {
  /** A new tensor, never an input. */
  output: Tensor
  /** What the layer's gradient needs besides inputs and output; the executor disposes it. */
  saved: readonly Tensor[]
}

export interface BackwardPass {
  kernels: Kernels
  mode: Mode
  /** Takes over the gradient of a parameter (and disposes it); absent where only feature maps' gradients are wanted. */
  onGradient?: (parameter: Parameter, gradient: Tensor) => void
}

export interface Backward {
  gradient: Tensor
  inputs: readonly Tensor[]
  output: Tensor | undefined
  saved: readonly Tensor[]
  inputShapes: readonly (readonly number[])[]
  /** Per input: false where nobody reads its gradient, as for the image. */
  wanted: readonly boolean[]
}

/** A parameter with its place in a file. */
export interface Trainable {
  name: string
  parameter: Parameter
  toFile(values: Float32Array): Float32Array
  fromFile(values: Float32Array): Float32Array
}

/** A layer that can be executed, holding its weights on the backend. All kinds are built in this folder, one file each. */
export interface Operator {
  readonly trainables: readonly Trainable[]
  /** What `backward` reads; the executor frees feature maps that nobody needs any more. */
  readonly needs: { inputs: boolean; output: boolean }
  forward(inputs: readonly Tensor[], pass: ForwardPass): Forward
  /** Gradients for the inputs that are wanted. */
  backward(state: Backward, pass: BackwardPass): (Tensor | undefined)[]
  /** Adds what is not trained by gradients, in file layout. */
  storeRunning?(weights: Weights): void
  dispose(): void
}

const same = (values: Float32Array): Float32Array => values

/** A trainable whose layout in files is that of the trainer. */
export const plainTrainable = (name: string, parameter: Parameter): Trainable => ({
  name,
  parameter,
  toFile: same,
  fromFile: same,
})

/** A layer without weights. */
export const weightless = { trainables: [], dispose: () => {} } as const
