import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { CodedError } from '#common/errors.ts'

/** Element types that cross between our files and ONNX Runtime. */
export type TensorData = Float32Array | Uint16Array | Uint8Array

export interface Session {
  /** One input, one output: the shape of every head and tail. Its type is the file's own. */
  readonly session: InferenceSession
  readonly input: string
  readonly output: string
}

type Runtime = typeof import('onnxruntime-node')
let runtime: Promise<Runtime> | undefined

/**
 * Loads ONNX Runtime on first use. Its telemetry is on by default and decided when the library loads, so the switch is
 * set before. Throws `component-missing` where the library cannot be loaded.
 */
function load(): Promise<Runtime> {
  process.env.ORT_DISABLE_TELEMETRY = '1'
  runtime ??= import('onnxruntime-node').catch((error: Error) => {
    throw new CodedError(
      'component-missing',
      `ONNX Runtime cannot be loaded: ${error.message}`,
      'Run `splitbench doctor` to see what is missing.',
    )
  })
  return runtime
}

export const runtimeVersion = async (): Promise<string> => {
  const { env } = await load()
  return env.versions.node ?? env.versions.common
}

/**
 * A session on the CPU for a model's bytes or path. `threads`: of one operator; `optimisation`: 'off' runs the graph as
 * it stands, 'on' applies everything ONNX Runtime has; `spinning`: whether its idle threads wait busily, which takes the
 * cores from whoever works beside them. Fails with its own error where the model is not valid.
 */
export async function createSession(
  model: Uint8Array | string,
  { threads, optimisation, spinning = true }: { threads: number; optimisation: 'off' | 'on'; spinning?: boolean },
): Promise<Session> {
  const { InferenceSession } = await load()
  const options: InferenceSession.SessionOptions = {
    executionProviders: ['cpu'],
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: optimisation === 'on' ? 'all' : 'disabled',
    // Errors only: warnings about a graph are the exporter's business and would fill stderr.
    logSeverityLevel: 3,
    ...(spinning ? {} : { extra: { session: { intra_op: { allow_spinning: '0' } } } }),
  }
  const session =
    typeof model === 'string'
      ? await InferenceSession.create(model, options)
      : await InferenceSession.create(model, options)
  const [input, output] = [session.inputNames[0]!, session.outputNames[0]!]
  return { session, input, output }
}

/** Makes tensors over data (not copied), row-major, without waiting: for inside a timed run. */
export async function tensorMaker(): Promise<(data: TensorData, shape: readonly number[]) => Tensor> {
  const { Tensor } = await load()
  return (data, shape) => {
    const dims = [...shape]
    if (data instanceof Float32Array) return new Tensor('float32', data, dims)
    if (data instanceof Uint16Array) return new Tensor('uint16', data, dims)
    return new Tensor('uint8', data, dims)
  }
}

/** Runs the session once; the output's data and shape are the caller's. */
export async function runSession(
  { session, input, output }: Session,
  data: TensorData,
  shape: readonly number[],
): Promise<{ data: TensorData; shape: readonly number[] }> {
  const result = (await session.run({ [input]: (await tensorMaker())(data, shape) }, [output]))[output]!
  return { data: result.data as TensorData, shape: result.dims }
}
