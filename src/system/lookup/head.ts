import { CodedError } from '#common/errors.ts'
import type { LookupHead } from '#common/lookup/headFile.ts'
import type { Layer, Network } from '#common/network/graph.ts'
import { inferShapes } from '#common/network/shapes.ts'
import { windowOf } from '#common/network/window.ts'
import { uniformCodes } from '#common/wire/uniform.ts'
import { behind, followed, plainAffine } from './affine.ts'
import type { Machine, Place, Step } from './arena.ts'
import { Arena } from './arena.ts'
import { lookupConv } from './conv.ts'
import { lookupDense } from './dense.ts'
import { adaptivePoolStep, addStep, affineStep, convStep, copyStep, denseStep, poolStep } from './plain.ts'

/**
 * Runs one image at a time: uint8 [3, H, W] → features as the head's coding says, [C, H, W]; a new array every time.
 * One thread.
 */
export type RunLookup = (image: Uint8Array) => Float32Array | Uint8Array

/**
 * Puts a head into a memory of its own. Throws `bad-network` for a layer that no look-up head has (codecs), and
 * `device-unsupported` where the tables need too much memory or this processor has no vectors in WebAssembly.
 */
export function loadLookupHead(head: LookupHead): RunLookup {
  const { network, coding } = head
  const arena = new Arena()
  const { steps, places } = layOut(head, arena)
  const machine = open(arena)
  for (const { prepare } of steps) prepare?.(machine)
  const { f32 } = machine
  const input = places.get(network.layers[0]!.name)!
  const output = places.get(network.layers.at(-1)!.name)!
  const start = output.address / 4
  const length = output.channels * output.height * output.width
  const pixels = normaliser(network, input)
  return (image) => {
    pixels(machine, image)
    for (const { run } of steps) run(machine)
    const features = f32.slice(start, start + length)
    return coding.type === 'float32' ? features : uniformCodes(features, coding)
  }
}

function open(arena: Arena): Machine {
  try {
    return arena.open()
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error
    throw new CodedError(
      'device-unsupported',
      'This device cannot run look-up heads: its Node has no WebAssembly vectors (SIMD).',
      'Run the dense head of the same candidate.',
    )
  }
}

/** value = pixel · 1/(255·std) − mean/std, in float32 as the exported head computes it. */
function normaliser({ mean, std }: Network, { address, channels, height, width }: Place) {
  const factors = Float32Array.from(std, (one) => 1 / (255 * one))
  const shifts = Float32Array.from(std, (one, channel) => -mean[channel]! / one)
  const size = height * width
  return ({ f32 }: Machine, image: Uint8Array): void => {
    if (image.length !== channels * size) {
      throw new CodedError('protocol-violated', `An image of ${image.length} bytes; the head takes ${channels * size}.`)
    }
    for (let c = 0, at = 0; c < channels; c++) {
      const [factor, shift] = [factors[c]!, shifts[c]!]
      for (const end = at + size; at < end; at++) f32[address / 4 + at] = image[at]! * factor + shift
    }
  }
}

/** Steps in order, and where each layer's output lies; what one step does together has the place of its last layer. */
function layOut({ network, weights, books }: LookupHead, arena: Arena): { steps: Step[]; places: Map<string, Place> } {
  const shapes = inferShapes(network)
  const places = new Map<string, Place>()
  const steps: Step[] = []
  const done = new Set<string>()
  const [first, ...others] = network.layers
  places.set(first!.name, arena.map(shapes.get(first!.name)!))
  for (const layer of others) {
    if (done.has(layer.name)) continue
    const inputs = layer.inputs.map((name) => places.get(name)!)
    const input = inputs[0]!
    const own = books.get(layer.name)
    const start = own
      ? plainAffine(own.layout.outputs, weights.get(`${layer.name}.bias`))
      : behind(plainAffine(input.channels), layer, weights)
    const { last, affine } = start ? followed(network, weights, layer, start) : { last: layer, affine: undefined }
    for (let name = last.name; ; ) {
      done.add(name)
      if (name === layer.name) break
      name = network.layers.find((one) => one.name === name)!.inputs[0]!
    }
    const output = arena.map(shapes.get(last.name)!)
    places.set(last.name, output)
    if (affine && own && layer.op === 'conv') {
      steps.push(lookupConv(arena, own, windowOf(layer), { input, output, affine }))
    } else if (affine && own) steps.push(lookupDense(arena, own, { input, output, affine }))
    else if (affine) steps.push(affineStep(arena, input, output, affine))
    else steps.push(otherStep(layer, { weights, inputs, output }))
  }
  return { steps, places }
}

function otherStep(
  layer: Layer,
  { weights, inputs, output }: Pick<LookupHead, 'weights'> & { inputs: readonly Place[]; output: Place },
): Step {
  const input = inputs[0]!
  switch (layer.op) {
    case 'conv':
    case 'depthwise':
      return convStep(layer, weights, input, output, layer.op === 'depthwise')
    case 'dense':
      return denseStep(layer, weights, input, output)
    case 'maxpool':
    case 'avgpool':
      return poolStep(layer, input, output)
    case 'adaptivepool':
      return adaptivePoolStep(input, output)
    case 'add':
      return addStep(inputs, output)
    case 'concat':
    case 'flatten':
      return copyStep(inputs, output)
    default:
      throw new CodedError('bad-network', `A look-up head cannot have a layer of kind "${layer.op}" (${layer.name}).`)
  }
}
