import type { Tensor } from '@tensorflow/tfjs'
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js'

export type Attribute = { name: string; type: number; value: unknown }

/** TensorFlow's operations by name, as tfjs-node's addon offers them: also those that tfjs does not wrap. */
export interface Operations {
  run(op: string, attributes: Attribute[], inputs: readonly Tensor[]): Tensor
  runAll(op: string, attributes: Attribute[], inputs: readonly Tensor[], outputs: number): Tensor[]
  /** A tensor over the array's own memory: the array must not change until it is disposed. */
  wrap(values: Float32Array | Int32Array | Uint8Array, shape: readonly number[]): Tensor
  float(name: string, value: number): Attribute
  int(name: string, value: number): Attribute
  ints(name: string, value: readonly number[]): Attribute
  bool(name: string, value: boolean): Attribute
  text(name: string, value: string): Attribute
  shape(name: string, value: readonly number[]): Attribute
  /** A type attribute; T = float32 is the most frequent one. */
  type(name: string, value: 'float32' | 'int32' | 'int64' | 'uint8'): Attribute
  readonly float32: Attribute
}

export function operations(backend: NodeJSKernelBackend): Operations {
  const { binding } = backend
  const inner = backend as unknown as Inner
  const types = { float32: binding.TF_FLOAT, int32: binding.TF_INT32, int64: binding.TF_INT64, uint8: binding.TF_UINT8 }
  const type = (name: string, value: keyof typeof types): Attribute => ({
    name,
    type: binding.TF_ATTR_TYPE,
    value: types[value],
  })
  const run = (op: string, attributes: Attribute[], inputs: readonly Tensor[], outputs: number): Tensor[] =>
    binding
      .executeOp(op, attributes as never, inner.getInputTensorIds(inputs), outputs)
      // tfjs warns of every int64: shown as int32 they pass from one operation to the next in silence.
      .map((made) => inner.createOutputTensor(made.dtype === types.int64 ? { ...made, dtype: types.int32 } : made))
  return {
    run: (op, attributes, inputs) => run(op, attributes, inputs, 1)[0]!,
    runAll: run,
    wrap: (values, shape) => {
      const dtype =
        values instanceof Float32Array ? types.float32 : values instanceof Int32Array ? types.int32 : types.uint8
      const id = binding.createTensor(shape as number[], dtype, values as never)
      // tfjs has no uint8: it shows such a tensor as int32, TensorFlow's handle keeps the true type.
      return inner.createOutputTensor({ id, shape: shape as number[], dtype })
    },
    float: (name, value) => ({ name, type: binding.TF_ATTR_FLOAT, value }),
    int: (name, value) => ({ name, type: binding.TF_ATTR_INT, value }),
    ints: (name, value) => ({ name, type: binding.TF_ATTR_INT, value }),
    bool: (name, value) => ({ name, type: binding.TF_ATTR_BOOL, value }),
    text: (name, value) => ({ name, type: binding.TF_ATTR_STRING, value }),
    shape: (name, value) => ({ name, type: binding.TF_ATTR_SHAPE, value }),
    type,
    float32: type('T', 'float32'),
  }
}

/** Private in tfjs-node's declarations. */
interface Inner {
  getInputTensorIds(inputs: readonly Tensor[]): number[]
  createOutputTensor(metadata: { id: number; shape: number[]; dtype: number }): Tensor
}
