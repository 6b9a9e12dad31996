import { CodedError } from '../../../errors.ts'
import type { Model } from '../../../network/weights.ts'
import type { OnnxModel, OnnxValue } from '../model.ts'
import { parseOnnx } from '../model.ts'
import type { ExternalData } from '../tensor.ts'
import type { ImageInput, Pixels } from './image.ts'
import { imageInput, imageNormalisation } from './image.ts'
import { Translator } from './translator.ts'
import { nameUnits } from './units.ts'

export interface ImportOptions {
  /** The file as the user named it, for messages. */
  file: string
  /** Name of the network. */
  name: string
  /** What the model expects of an image (u/255 − mean)/std; per channel, red first. */
  mean?: readonly number[] | undefined
  std?: readonly number[] | undefined
  /** Whether the model takes pixels from 0 to 1 or from 0 to 255; undefined: judged by what it does with them. */
  pixels?: Pixels | undefined
  /** [height, width] where the file leaves them free. */
  size?: readonly [number, number] | undefined
  /** Which output to follow where there are several. */
  output?: string | undefined
  /** Bytes that lie outside of the file. Throws a CodedError where there are none or they may not be read. */
  external(data: ExternalData): Uint8Array
}

export interface Imported {
  model: Model
  image: ImageInput
  /** How pixels enter the ONNX file: x = u·factor + shift for u from 0 to 255, per channel. */
  feed: { factor: readonly number[]; shift: readonly number[] }
  /** The output that was followed, and what stands behind the logits there. */
  output: string
  ending: 'logits' | 'softmax' | 'log-softmax'
  /** What a reader has to know; one sentence each. */
  notes: string[]
}

const known = { firstOpset: 7, lastOpset: 26, lastIr: 14, nodes: 5000 } as const

/**
 * The network of an ONNX file, with its weights: what PyTorch's, Keras' and TensorFlow's exporters write for
 * convolutional networks becomes layers of ours that compute the same. Throws `bad-network`: for a damaged file, saying
 * where; for nodes that have no layer here, all of them in one message with their positions.
 */
export function importOnnx(bytes: Uint8Array, options: ImportOptions): Imported {
  const { file } = options
  const onnx = parse(bytes, file)
  refuseUnknownVersions(onnx, file)
  const image = imageInput(onnx, options)
  const output = chosenOutput(onnx, options)
  const translator = new Translator(onnx, image, output.name, options)
  const result = translator.run()
  const about = imageNormalisation(translator.normalisation, image, options)
  const { channels } = translator.assembly.shape(result.layer)
  const model = translator.assembly.model(result.layer, {
    name: options.name,
    width: 1,
    classes: channels,
    mean: about.mean,
    std: about.std,
  })
  const network = nameUnits(model.network)
  const ending = translator.ending
  const notes = [...about.notes]
  if (ending !== 'logits') notes.push(`The ${ending} at the end is left out: a tail gives logits.`)
  return { model: { network, weights: model.weights }, image, feed: about.feed, output: output.name, ending, notes }
}

function parse(bytes: Uint8Array, file: string): OnnxModel {
  try {
    return parseOnnx(bytes)
  } catch (error) {
    throw new CodedError(
      'bad-network',
      `${file} cannot be read as an ONNX file: ${(error as Error).message}.`,
      'Export it again, and check that it was copied in full.',
    )
  }
}

function refuseUnknownVersions({ irVersion, opsets, functions, graph }: OnnxModel, file: string): void {
  const opset = opsets.get('') ?? 0
  const refuse = (what: string): CodedError =>
    new CodedError(
      'bad-network',
      `${file} cannot be imported: ${what}.`,
      `Export it with an operator set from ${known.firstOpset} to ${known.lastOpset} (opset_version in PyTorch).`,
    )
  if (opset < known.firstOpset) throw refuse(`its operator set ${opset} is older than ${known.firstOpset}`)
  if (opset > known.lastOpset)
    throw refuse(`its operator set ${opset} is newer than ${known.lastOpset}, the newest known`)
  if (irVersion > known.lastIr)
    throw refuse(`its format (IR ${irVersion}) is newer than ${known.lastIr}, the newest known`)
  if (functions.size > 0) throw refuse(`it defines functions of its own (${[...functions].slice(0, 5).join(', ')})`)
  if (graph.nodes.length > known.nodes) throw refuse(`it has ${graph.nodes.length} nodes, more than ${known.nodes}`)
}

function chosenOutput({ graph }: OnnxModel, { file, output }: ImportOptions): OnnxValue {
  const names = graph.outputs.map(({ name }) => name).join(', ')
  const [first] = graph.outputs
  if (!first) throw new CodedError('bad-network', `${file} has no output.`, 'Export it again with an output.')
  if (output === undefined) {
    if (graph.outputs.length === 1) return first
    throw new CodedError(
      'bad-network',
      `${file} has ${graph.outputs.length} outputs: ${names}.`,
      'Name the one that holds the classes with --output.',
    )
  }
  const named = graph.outputs.find(({ name }) => name === output)
  if (!named) throw new CodedError('unknown-name', `${file} has no output "${output}".`, `Outputs: ${names}.`)
  return named
}
