import type * as TensorFlow from '@tensorflow/tfjs'
import type { Parameter, ParameterUpdate, SgdRule, Tensor } from '../kernels.ts'

type Tf = typeof TensorFlow

/** A parameter as tensors that every update replaces. */
export class PortableParameter implements Parameter {
  readonly shape: readonly number[]
  readonly #tf: Tf
  #current: Tensor
  #velocity: Tensor | undefined

  constructor(tf: Tf, values: Float32Array, shape: readonly number[]) {
    this.#tf = tf
    this.shape = shape
    this.#current = this.#kept(values)
  }

  value(): Tensor {
    return this.#tf.clone(this.#current)
  }

  assign(value: Tensor): void {
    this.#current.dispose()
    this.#current = this.#tf.keep(this.#tf.clone(value))
  }

  // tfjs backends may hand out their own memory.
  read(): Float32Array {
    return this.#current.dataSync<'float32'>().slice()
  }

  readVelocity(): Float32Array | undefined {
    return this.#velocity?.dataSync<'float32'>().slice()
  }

  setVelocity(values: Float32Array): void {
    this.#velocity?.dispose()
    this.#velocity = this.#kept(values)
  }

  update(gradient: Tensor, { rate, momentum, nesterov, weightDecay }: SgdRule): void {
    const tf = this.#tf
    const [value, velocity] = tf.tidy(() => {
      const decayed = tf.add(gradient, tf.mul(this.#current, weightDecay))
      const moved = this.#velocity ? tf.add(tf.mul(this.#velocity, momentum), decayed) : decayed
      const direction = nesterov ? tf.add(decayed, tf.mul(moved, momentum)) : moved
      return [tf.sub(this.#current, tf.mul(direction, rate)), moved]
    })
    this.dispose()
    this.#current = tf.keep(value!)
    this.#velocity = tf.keep(velocity!)
  }

  dispose(): void {
    this.#current.dispose()
    this.#velocity?.dispose()
  }

  #kept(values: Float32Array): Tensor {
    return this.#tf.keep(this.#tf.tensor(values.slice(), this.shape as number[]))
  }
}

export const beginUpdate = (tf: Tf, rule: SgdRule): ParameterUpdate => ({
  apply: (parameter, gradient) => tf.tidy(() => (parameter as PortableParameter).update(gradient, rule)),
  dispose: () => {},
})
