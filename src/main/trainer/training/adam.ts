import type { Kernels, Parameter, Tensor } from '../backend/kernels.ts'

/** Adam's constants (Kingma & Ba 2015), with PyTorch's L2 term: weightDecay · w is added to the gradient. */
export interface AdamRule {
  rate: number
  weightDecay: number
}

const beta1 = 0.9
const beta2 = 0.999
const epsilon = 1e-8

/**
 * Adam over parameters of a backend: m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², w ← w − rate · m̂/(√v̂ + ε). Codecs are
 * small, so it is written in tfjs' own operations. `dispose` frees the moments.
 */
export class Adam {
  readonly #kernels: Kernels
  readonly #moments = new Map<Parameter, { mean: Tensor; square: Tensor }>()
  #steps = 0

  constructor(kernels: Kernels) {
    this.#kernels = kernels
  }

  /** Begins a step: all parameters of one batch share its number. */
  begin(): void {
    this.#steps += 1
  }

  /** `pull`: how strongly |w| of every element is pulled to 0, in the order of the parameter's own layout. */
  apply(parameter: Parameter, gradient: Tensor, { rate, weightDecay }: AdamRule, pull?: Float32Array): void {
    const before = this.#moments.get(parameter)
    const size = rate / (1 - beta1 ** this.#steps)
    const correction = 1 / (1 - beta2 ** this.#steps)
    const next = this.#kernels.compute((tf) => {
      const value = parameter.value()
      const decayed = weightDecay === 0 ? gradient : tf.add(gradient, tf.mul(value, weightDecay))
      const pulled = pull
        ? tf.add(decayed, tf.mul(tf.sign(value), tf.tensor(pull, parameter.shape as number[])))
        : decayed
      const mean = blend(tf.mul(pulled, 1 - beta1), before?.mean, beta1)
      const square = blend(tf.mul(tf.square(pulled), 1 - beta2), before?.square, beta2)
      const root = tf.add(tf.sqrt(tf.mul(square, correction)), epsilon)
      return { mean, square, value: tf.sub(value, tf.div(tf.mul(mean, size), root)) }

      function blend(fresh: Tensor, old: Tensor | undefined, share: number): Tensor {
        return old ? tf.add(tf.mul(old, share), fresh) : fresh
      }
    }) as Record<'mean' | 'square' | 'value', Tensor>
    parameter.assign(next.value)
    next.value.dispose()
    before?.mean.dispose()
    before?.square.dispose()
    this.#moments.set(parameter, { mean: this.#kernels.keep(next.mean), square: this.#kernels.keep(next.square) })
  }

  dispose(): void {
    for (const { mean, square } of this.#moments.values()) {
      mean.dispose()
      square.dispose()
    }
    this.#moments.clear()
  }
}
