import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Tensor } from 'onnxruntime-node'
import type { CutOutcome, ProfileConfig, UntimedCut } from '#common/contract/modelProfile.ts'
import { CodedError } from '#common/errors.ts'
import type { NodeCost, Shapes } from '#common/formats/onnx/split/cost.ts'
import { constantShapes, nodeCosts, shapesWanted } from '#common/formats/onnx/split/cost.ts'
import type { Flow } from '#common/formats/onnx/split/flow.ts'
import { flowOf } from '#common/formats/onnx/split/flow.ts'
import type { ModelInput } from '#common/formats/onnx/split/inputShape.ts'
import { modelInput, modelOutput } from '#common/formats/onnx/split/inputShape.ts'
import { withOutputs } from '#common/formats/onnx/split/part.ts'
import type { OnnxPoint } from '#common/formats/onnx/split/points.ts'
import { allPoints, layerName, unique, usefulPoints } from '#common/formats/onnx/split/points.ts'
import type { TensorData } from '../../../system/onnxruntime.ts'
import type { Reporter } from '../experiment/workshop.ts'
import type { ModelFile } from './modelFile.ts'
import { readModelFile } from './modelFile.ts'
import type { Reference } from './reference.ts'
import { openReference, seededInput } from './reference.ts'
import { writeCut } from './writeCut.ts'
import { writeWeights } from './writeWeights.ts'

/** So many inputs are compared, and take turns while it is timed. */
const inputs = 2
/** Element types by ONNX Runtime's names that can cross a link, with their bytes and ONNX' numbers. */
const crossing = { float32: { bytes: 4, number: 1 }, uint8: { bytes: 1, number: 2 } } as const
type CrossingType = keyof typeof crossing
const isCrossing = (type: string | undefined): type is CrossingType => type !== undefined && type in crossing

/**
 * Cuts any ONNX file with one input at its partition points: one run of the whole model gives all shapes, others the
 * values that heads and tails are checked against. Writes `cuts/<n>-{head.onnx,tail.onnx,split.json,check.safetensors}`
 * and the weights of all of them.
 */
export async function cutModel(
  folder: string,
  config: ProfileConfig,
  reporter: Pick<Reporter, 'progress' | 'log'>,
  signal: AbortSignal,
): Promise<CutOutcome> {
  const say = (done: number, total: number, detail: string): void => {
    if (signal.aborted) throw new CodedError('cancelled', 'Cancelled.')
    reporter.progress({ phase: 'cut', title: 'Cutting the model', unit: 'points', done, total, detail })
  }
  say(0, 1, 'reading the file')
  const file = await readModelFile(config.model)
  const input = modelInput(file.model, { shape: config.input, size: config.size })
  const output = modelOutput(file.model, config.output)
  const flow = flowOf(file.model, input.name, output.name)
  say(0, 1, 'running the whole model')
  const reference = await openReference(referenceFile(file, flow, input), input, config.threads)
  try {
    const first = seededInput(input, config.seed, 0)
    const wanted = shapesWanted(file.model, flow)
    const shapes = new Map([
      ...constantShapes(file.model),
      [input.name, input.dims] as const,
      ...(await reference.shapes(first, wanted)),
    ])
    const { costs, uncounted } = nodeCosts(file.model, flow, shapes)
    const { points, skipped } = pointsOf(flow, costs, shapes, input, reference)
    const chosen = choose(points, config.points)
    reporter.log('info', describe(points.length, chosen.length, config.points))
    const { checks, wholeMs } = await referenceValues(reference, input, chosen, config.seed, output.name, say)
    await rm(join(folder, 'cuts'), { recursive: true, force: true })
    await mkdir(join(folder, 'cuts'), { recursive: true })
    const shared = await writeWeights(folder, file)
    const total = { macs: sum(costs, 'macs'), parameters: sum(costs, 'parameters') }
    const cuts: UntimedCut[] = []
    for (const [index, point] of chosen.entries()) {
      say(index, chosen.length, point.name)
      const written = await writeCut({ folder, index, point, file, flow, input, checks, shared: shared?.places })
      cuts.push({
        point: point.name,
        ...written,
        headMacs: point.headMacs,
        headParameters: point.headParameters,
        tailMacs: total.macs - point.headMacs,
        tailParameters: total.parameters - point.headParameters,
      })
    }
    say(chosen.length, chosen.length, '')
    return {
      model: {
        producer: file.model.producer,
        opset: file.model.opset,
        nodes: file.model.nodes.length,
        input: { name: input.name, type: input.type, dims: [...input.dims] },
        output: { name: output.name, dims: [...(shapes.get(output.name) ?? [])] },
        ...total,
        uncounted,
      },
      layers: layersOf(costs, chosen),
      cuts,
      weights: shared?.written ?? null,
      found: points.length,
      skipped,
      wholeMs,
    }
  } finally {
    await reference.release()
  }
}

/** Crossing tensors as outputs, and the shapes that costs need. */
function referenceFile({ model, inline }: ModelFile, flow: Flow, input: ModelInput): Uint8Array<ArrayBuffer> {
  const border = { name: input.name, type: crossing[input.type].number, dims: input.dims }
  const outputs = flow.crossings.map(({ tensor }) => tensor).filter((tensor) => tensor !== input.name)
  return withOutputs(model, [...new Set([...outputs, flow.output])], shapesWanted(model, flow), [border], inline)
}

/** Where a cut is possible, and where it is not although one tensor crosses alone. */
function pointsOf(flow: Flow, costs: readonly NodeCost[], shapes: Shapes, input: ModelInput, reference: Reference) {
  const skipped: CutOutcome['skipped'] = []
  const names = new Map(costs.map((cost) => [cost.tensor, layerName(cost)]))
  const points = allPoints(flow, costs, shapes, (tensor) => {
    if (tensor === input.name) return crossing[input.type].bytes * product(input.dims)
    const type = reference.typeOf(tensor)
    const shape = shapes.get(tensor)
    // The output may be of any type: a tail may turn it into float32.
    if (tensor === flow.output) return 4 * product(shape ?? [])
    const reason = !isCrossing(type)
      ? `its tensor is ${type ?? 'of an unknown type'}; float32 and uint8 can be sent`
      : shape?.[0] !== 1
        ? `its tensor is [${shape?.join(', ')}]: the first extent is not one image`
        : product(shape) === 0 || shape.length > 8
          ? `its tensor is [${shape.join(', ')}]`
          : null
    if (reason === null) return crossing[type as CrossingType].bytes * product(shape!)
    skipped.push({ point: names.get(tensor) ?? tensor, reason })
    return null
  })
  return { points, skipped }
}

const product = (values: readonly number[]): number => values.reduce((all, value) => all * value, 1)
const sum = (costs: readonly NodeCost[], part: 'macs' | 'parameters'): number =>
  costs.reduce((all, cost) => all + cost[part], 0)

function choose(points: readonly OnnxPoint[], wish: ProfileConfig['points']): OnnxPoint[] {
  if (wish === 'all') return [...points]
  if (wish === 'useful') return usefulPoints(points)
  const other = wish.find((name) => !points.some((point) => point.name === name))
  if (other !== undefined) {
    throw new CodedError(
      'unknown-name',
      `The model has no partition point "${other}".`,
      `Its points: ${points.map(({ name }) => name).join(', ')}.`,
    )
  }
  return points.filter(({ name }) => wish.includes(name) || name === 'input' || name === 'output')
}

const describe = (found: number, taken: number, wish: ProfileConfig['points']): string =>
  wish === 'useful' && found > taken
    ? `${found} partition points; ${taken} are timed: where nothing is multiplied in between, the one that sends the fewest bytes (--points all takes every one).`
    : `${found} partition points; ${taken} are timed.`

/** Values of the chosen tensors for every input, and how long the whole takes (the second run: the first one allocates). */
async function referenceValues(
  reference: Reference,
  input: ModelInput,
  points: readonly OnnxPoint[],
  seed: number,
  output: string,
  say: (done: number, total: number, detail: string) => void,
): Promise<{ checks: Check[]; wholeMs: number }> {
  const tensors = [...new Set([...points.map(({ tensor }) => tensor), output])].filter((name) => name !== input.name)
  const checks: Check[] = []
  let wholeMs = 0
  for (let index = 0; index < inputs; index++) {
    say(0, points.length, `reference values, input ${index + 1} of ${inputs}`)
    const data = seededInput(input, seed, index)
    const began = performance.now()
    const values = await reference.run(data, tensors)
    wholeMs = performance.now() - began
    const result = values.get(output)!
    const logits = asFloats(result)
    if (logits.length === 0) throw new CodedError('bad-network', `The output "${output}" is empty for this input.`)
    checks.push({ input: data, values, logits })
  }
  return { checks, wholeMs }
}

/** One input with everything that was computed from it. */
export interface Check {
  input: TensorData
  values: ReadonlyMap<string, Tensor>
  logits: Float32Array
}

/** What a tail's Cast makes of it. */
function asFloats({ type, data }: Tensor): Float32Array {
  if (data instanceof Float32Array) return data.slice()
  if (type === 'string' || type === 'float16') {
    throw new CodedError(
      'bad-network',
      `The model's output is ${type}; numbers of 32 bits can be compared.`,
      type === 'float16' ? 'Export the network in float32.' : 'Name another output with --output.',
    )
  }
  return Float32Array.from(data as ArrayLike<number | bigint>, Number)
}

/** One row per layer that costs something or ends at a point that was taken. */
function layersOf(costs: readonly NodeCost[], chosen: readonly OnnxPoint[]): CutOutcome['layers'] {
  const points = new Map(chosen.map(({ tensor, name }) => [tensor, name]))
  const names = unique(costs.map(layerName))
  let cumulativeMacs = 0
  let cumulativeParameters = 0
  return costs.flatMap((cost, index) => {
    const { node, tensor, shape, macs, parameters } = cost
    cumulativeMacs += macs
    cumulativeParameters += parameters
    const point = points.get(tensor) ?? null
    if (macs === 0 && parameters === 0 && point === null) return []
    const row = { name: names[index]!, op: node.op, shape: shape.slice(1), macs, parameters }
    return [{ ...row, cumulativeMacs, cumulativeParameters, bytes: 4 * product(shape), point }]
  })
}
