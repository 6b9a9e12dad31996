import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { CodedError } from '#common/errors.ts'
import { doctorPlace } from './setUp.ts'

/** Element types that cross between our files and ONNX Runtime. */
export type TensorData = Float32Array | Uint16Array | Uint8Array

export interface Session {
  /** One input, one output: the shape of every head and tail. Its type is the file's own. */
  readonly session: Runnable
  readonly input: string
  readonly output: string
}

/** What is used of a session: ONNX Runtime's, or one that looks products up (lookup/session.ts). */
export interface Runnable {
  run(feeds: Readonly<Record<string, Value>>, fetches: readonly string[]): Promise<Readonly<Record<string, Value>>>
  release(): Promise<void>
}
type Value = Pick<Tensor, 'data' | 'dims'>

/** A session of ONNX Runtime itself, with all that it can. */
export interface OnnxSession extends Session {
  readonly session: InferenceSession
}

type Library = typeof import('onnxruntime-node')

/** The same library, compiled for this processor, or to WebAssembly where there is no build for it. */
interface Runtime {
  library: Library
  kind: 'native' | 'wasm'
}
let runtime: Promise<Runtime> | undefined

/**
 * Loads ONNX Runtime on first use. Its telemetry is on by default and decided when the library loads, so the switch is
 * set before. On a board it lies in the folder that SPLITBENCH_RUNTIME names (pushed once, apart from the agent).
 * Throws `component-missing` where the library cannot be loaded.
 */
function load(): Promise<Runtime> {
  process.env.ORT_DISABLE_TELEMETRY = '1'
  const folder = process.env.SPLITBENCH_RUNTIME
  runtime ??= (folder ? fromFolder(folder) : installed()).catch((error: Error) => {
    throw new CodedError(
      'component-missing',
      `ONNX Runtime cannot be loaded: ${error.message}`,
      folder ? undefined : `${doctorPlace()} says what is missing.`,
    )
  })
  return runtime
}

const installed = async (): Promise<Runtime> => ({ library: await import('onnxruntime-node'), kind: 'native' })

async function fromFolder(folder: string): Promise<Runtime> {
  const pushed = createRequire(join(folder, 'agent.js'))
  if (!existsSync(join(folder, 'node_modules', 'onnxruntime-web'))) {
    return { library: pushed('onnxruntime-node') as Library, kind: 'native' }
  }
  const library = pushed('onnxruntime-web') as Library
  // A 32-bit board has no memory to spare for more; and its times carry the mark of WebAssembly in any case.
  library.env.wasm.numThreads = 1
  return { library, kind: 'wasm' }
}

/** "1.30.0", or "1.30.0 (WebAssembly)": its times are not comparable with those of the native library. */
export async function runtimeVersion(): Promise<string> {
  const { library, kind } = await load()
  const { versions } = library.env
  const version = (kind === 'native' ? versions.node : versions.web) ?? versions.common
  return kind === 'native' ? version : `${version} (WebAssembly)`
}

/** Files of a model whose constants lie in a second one, in the same folder and under the name that the model gives. */
export interface ModelWithWeights {
  model: string
  weights: string
}

/**
 * A session on the CPU for a model's bytes, its path, or its path and that of its weights. `threads`: of one operator; `optimisation`: 'off' runs the graph as
 * it stands, 'on' applies everything ONNX Runtime has; `spinning`: whether its idle threads wait busily, which takes the
 * cores from whoever works beside them; `profilePrefix`: the profiler is on, and its file's path begins so. Fails with its
 * own error where the model is not valid, and with `device-unsupported` where the WebAssembly runtime is asked for more
 * than one thread.
 */
export async function createSession(
  model: Uint8Array | string | ModelWithWeights,
  options: { threads: number; optimisation: 'off' | 'on'; spinning?: boolean; profilePrefix?: string },
): Promise<OnnxSession> {
  const { threads, optimisation, spinning = true, profilePrefix } = options
  const { library, kind } = await load()
  if (kind === 'wasm' && threads > 1) {
    throw new CodedError(
      'device-unsupported',
      `${threads} threads were asked for, but the WebAssembly runtime of this device has one.`,
      'Use --threads 1.',
    )
  }
  const settings: InferenceSession.SessionOptions = {
    executionProviders: [kind === 'wasm' ? 'wasm' : 'cpu'],
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: optimisation === 'on' ? 'all' : 'disabled',
    // Errors only: warnings about a graph are the exporter's business and would fill stderr.
    logSeverityLevel: 3,
    ...(profilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: profilePrefix }),
    ...(spinning ? {} : { extra: { session: { intra_op: { allow_spinning: '0' } } } }),
  }
  const session = await open(library, kind, model, settings)
  const [input, output] = [session.inputNames[0]!, session.outputNames[0]!]
  return { session, input, output }
}

async function open(
  { InferenceSession }: Library,
  kind: Runtime['kind'],
  model: Uint8Array | string | ModelWithWeights,
  settings: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  if (model instanceof Uint8Array) return InferenceSession.create(model, settings)
  if (typeof model === 'string') return InferenceSession.create(model, settings)
  // The native library finds, and maps, what lies beside the model.
  if (kind === 'native') return InferenceSession.create(model.model, settings)
  const [bytes, data] = await Promise.all([readFile(model.model), readFile(model.weights)])
  return InferenceSession.create(bytes, { ...settings, externalData: [{ path: basename(model.weights), data }] })
}

/** Makes tensors over data (not copied), row-major, without waiting: for inside a timed run. */
export async function tensorMaker(): Promise<(data: TensorData, shape: readonly number[]) => Tensor> {
  const { Tensor } = (await load()).library
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
