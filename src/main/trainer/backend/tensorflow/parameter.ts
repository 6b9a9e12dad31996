import type { Tensor } from '@tensorflow/tfjs'
import type { Parameter, ParameterUpdate, SgdRule } from '../kernels.ts'
import type { Operations } from './operations.ts'

/** TensorFlow's reserved name for a variable that nobody else can name and that goes with its last handle. */
const anonymous = 'cd2c89b7-88b7-44c8-ad83-06c2a9158347'

interface Keeper {
  keep(tensor: Tensor): Tensor
}

/** A parameter in TensorFlow resource variables, so that an update happens in place and in one operation. */
export class TensorFlowParameter implements Parameter {
  readonly shape: readonly number[]
  readonly variable: Tensor
  readonly #ops: Operations
  readonly #keeper: Keeper
  #velocity: Tensor | undefined
  /** What was read since the last update: an operation costs some 50 µs within a step, a second handle costs hardly any. */
  #current: Tensor | undefined

  constructor(ops: Operations, keeper: Keeper, values: Float32Array, shape: readonly number[]) {
    this.#ops = ops
    this.#keeper = keeper
    this.shape = shape
    this.variable = this.#variableWith(values)
  }

  value(): Tensor {
    this.#current ??= this.#keeper.keep(this.#read(this.variable))
    return this.#current.clone()
  }

  /** To be called before the variable changes: it would be copied while somebody holds what was read. */
  forget(): void {
    this.#current?.dispose()
    this.#current = undefined
  }

  assign(value: Tensor): void {
    this.forget()
    this.#ops.runAll('AssignVariableOp', [this.#ops.type('dtype', 'float32')], [this.variable, value], 0)
  }

  read(): Float32Array {
    return this.#download(this.variable)
  }

  readVelocity(): Float32Array | undefined {
    return this.#velocity && this.#download(this.#velocity)
  }

  setVelocity(values: Float32Array): void {
    this.#velocity?.dispose()
    this.#velocity = this.#variableWith(values)
  }

  /** The momentum buffer's variable, made of zeros when it is first needed. */
  velocity(): Tensor {
    this.#velocity ??= this.#variableWith(new Float32Array(this.shape.reduce((product, extent) => product * extent, 1)))
    return this.#velocity
  }

  dispose(): void {
    this.forget()
    this.variable.dispose()
    this.#velocity?.dispose()
  }

  #variableWith(values: Float32Array): Tensor {
    const { run, runAll, wrap, type, shape, text } = this.#ops
    const handle = this.#keeper.keep(
      run(
        'VarHandleOp',
        [type('dtype', 'float32'), shape('shape', this.shape), text('shared_name', anonymous), text('container', '')],
        [],
      ),
    )
    // A variable adopts the memory that it is assigned: that must not be the caller's array, which may change.
    const own = wrap(values, this.shape)
    const copy = run('DeepCopy', [this.#ops.float32], [own])
    own.dispose()
    runAll('AssignVariableOp', [type('dtype', 'float32')], [handle, copy], 0)
    copy.dispose()
    return handle
  }

  #read(variable: Tensor): Tensor {
    return this.#ops.run('ReadVariableOp', [this.#ops.type('dtype', 'float32')], [variable])
  }

  #download(variable: Tensor): Float32Array {
    const tensor = this.#read(variable)
    const values = tensor.dataSync<'float32'>()
    tensor.dispose()
    return values
  }
}

export function beginUpdate(ops: Operations, { rate, momentum, nesterov, weightDecay }: SgdRule): ParameterUpdate {
  const scalar = (value: number): Tensor => ops.wrap(Float32Array.of(value), [])
  const constants = { rate: scalar(rate), momentum: scalar(momentum), decay: scalar(weightDecay) }
  const attributes = [ops.float32, ops.bool('use_locking', false), ops.bool('use_nesterov', nesterov)]
  return {
    apply(parameter, gradient) {
      const own = parameter as TensorFlowParameter
      const decayed = weightDecay === 0 ? gradient : withDecay(ops, parameter, gradient, constants.decay)
      own.forget()
      const inputs = [own.variable, own.velocity(), constants.rate, decayed, constants.momentum]
      ops.runAll('ResourceApplyMomentum', attributes, inputs, 0)
      if (decayed !== gradient) decayed.dispose()
    },
    dispose: () => {
      for (const constant of Object.values(constants)) constant.dispose()
    },
  }
}

function withDecay(ops: Operations, parameter: Parameter, gradient: Tensor, decay: Tensor): Tensor {
  const value = parameter.value()
  const pull = ops.run('Mul', [ops.float32], [value, decay])
  const sum = ops.run('AddV2', [ops.float32], [gradient, pull])
  value.dispose()
  pull.dispose()
  return sum
}
