import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { CodedError } from '#common/errors.ts'
import type { ModelInput } from '#common/formats/onnx/split/inputShape.ts'
import { shapeName } from '#common/formats/onnx/split/part.ts'
import { random } from '#common/random.ts'
import type { TensorData } from '../../../system/onnxruntime.ts'
import { createSession, tensorMaker } from '../../../system/onnxruntime.ts'

/** The whole model with inner tensors as outputs: what heads and tails are compared with. */
export interface Reference {
  /** Element type of a tensor by its name, as ONNX Runtime says it ("float32"). */
  typeOf(tensor: string): string | undefined
  /** Runs one input and tells the shapes of these tensors. */
  shapes(input: TensorData, tensors: readonly string[]): Promise<Map<string, readonly number[]>>
  run(input: TensorData, tensors: readonly string[]): Promise<Map<string, Tensor>>
  release(): Promise<void>
}

/** `file`: the model with outputs and shapes added. Without optimisation: it must not share the errors of what it judges. */
export async function openReference(file: Uint8Array, input: ModelInput, threads: number): Promise<Reference> {
  const { session } = await createSession(file, { threads, optimisation: 'off' }).catch((error: unknown) => {
    if (error instanceof CodedError) throw error
    throw refused(error)
  })
  const asTensor = await tensorMaker()
  const types = new Map(
    session.outputMetadata.flatMap((one) => (one.isTensor ? [[one.name, one.type as string] as const] : [])),
  )
  const infer = async (data: TensorData, fetches: readonly string[]): Promise<InferenceSession.OnnxValueMapType> => {
    try {
      return await session.run({ [input.name]: asTensor(data, input.dims) }, [...fetches])
    } catch (error) {
      throw refused(error)
    }
  }
  return {
    typeOf: (tensor) => types.get(tensor),
    async shapes(data, tensors) {
      const values = await infer(data, tensors.map(shapeName))
      return new Map(
        tensors.map((tensor) => {
          const { data: extents } = values[shapeName(tensor)]!
          return [tensor, Array.from(extents as BigInt64Array, Number)]
        }),
      )
    },
    async run(data, tensors) {
      const values = await infer(data, tensors)
      return new Map(tensors.map((tensor) => [tensor, values[tensor]!]))
    },
    release: () => session.release(),
  }
}

const refused = (error: unknown): CodedError =>
  new CodedError(
    'bad-network',
    `ONNX Runtime cannot run this model: ${String((error as Error).message)
      .split('\n')[0]!
      .slice(0, 400)}`,
    'Check the size of the input (--input), and the model with another tool (onnx.checker, Netron).',
  )

/** A seeded input: noise like a normalised image, or bytes. */
export function seededInput({ type, dims }: ModelInput, seed: number, index: number): TensorData {
  const count = dims.reduce((all, extent) => all * extent, 1)
  const draw = random(seed, 'profile input', index)
  return type === 'uint8'
    ? Uint8Array.from({ length: count }, () => draw.below(256))
    : Float32Array.from({ length: count }, () => draw.normal())
}
