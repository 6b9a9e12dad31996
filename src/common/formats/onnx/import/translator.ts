import { CodedError } from '../../../errors.ts'
import type { OnnxModel, OnnxNode } from '../model.ts'
import type { ExternalData, OnnxTensor } from '../tensor.ts'
import { isFloatType } from '../tensor.ts'
import { Assembly } from './assembly.ts'
import { constantOf, fold, isFoldable } from './constants.ts'
import { asVector, denseTranslations } from './dense.ts'
import { elementwiseTranslations } from './elementwise.ts'
import type { ImageInput } from './image.ts'
import { imageAxes } from './image.ts'
import { describeNode, layerName } from './names.ts'
import { shapeTranslations } from './shapes.ts'
import type { Site, Translation } from './site.ts'
import type { Affine, ConstantValue, MapValue, Value } from './value.ts'
import { Unsupported, unsupported } from './value.ts'
import { windowTranslations } from './windows.ts'

const translations: Readonly<Record<string, Translation>> = {
  ...windowTranslations,
  ...elementwiseTranslations,
  ...shapeTranslations,
  ...denseTranslations,
}

/** Computed constants may have so many elements together, and twice as many more as the file's own. */
const computedElements = 2 ** 25

/** So many refused nodes are listed in a message. */
const listed = 20
/** Characters of one of them. */
const longest = 300

interface Place {
  file: string
  external(data: ExternalData): Uint8Array
}

/** Follows a graph from its image to one output, node by node. */
export class Translator {
  readonly assembly: Assembly
  /** What the file does to the image before its first layer. */
  normalisation: Affine | undefined
  ending: 'logits' | 'softmax' | 'log-softmax' = 'logits'

  readonly #onnx: OnnxModel
  readonly #output: string
  readonly #place: Place
  readonly #batch: number
  readonly #values = new Map<string, Value>()
  /** How many nodes read a value; being an output of the graph counts as one. */
  readonly #uses = new Map<string, number>()
  /** Layers whose values go more than one way. */
  readonly #shared = new Set<string>()
  readonly #refused: string[] = []
  /** Constants of the file that were read, and elements of those and of computed ones. */
  readonly #read = new Set<string>()
  #elements = { own: 0, computed: 0 }
  #isNormalised = false

  constructor(onnx: OnnxModel, image: ImageInput, output: string, place: Place) {
    this.#onnx = onnx
    this.#output = output
    this.#place = place
    this.#batch = image.batch ?? 1
    this.assembly = new Assembly(image.shape)
    for (const { inputs } of onnx.graph.nodes) for (const input of inputs) this.#count(input)
    for (const { name } of onnx.graph.outputs) this.#count(name)
    this.#values.set(image.name, { kind: 'map', layer: 'input', axes: imageAxes(image) })
  }

  /** The value of the output as logits, one vector per image. Throws `bad-network`. */
  run(): MapValue {
    const { nodes } = this.#onnx.graph
    for (const node of nodes) this.#translate(node)
    if (this.#refused.length > 0) throw this.#refusal()
    try {
      const value = this.#values.get(this.#output)
      if (value?.kind !== 'map') throw unsupported('nothing that depends on the image is written to it')
      const channels = value.axes[1]?.join('')
      const isBare = value.axes.slice(2).every((factors) => factors.length === 0)
      if (channels === undefined || !isBare || value.padding) throw unsupported('it is no vector of classes')
      const settled = this.#settle({ ...value, axes: value.axes.slice(0, 2) })
      if (settled.layer === 'input') throw unsupported('it is the image itself')
      return asVector({ assembly: this.assembly, settle: (one) => this.#settle(one) }, settled)
    } catch (error) {
      throw this.#error(`its output "${this.#output}" cannot be used: ${(error as Error).message}`)
    }
  }

  #translate(node: OnnxNode): void {
    let value: Value | readonly Value[] = { kind: 'unknown' }
    try {
      const read = this.#inputs(node)
      if (!read.some((one) => one?.kind === 'unknown')) value = this.#valueOf(node, read)
      else if (!this.#isKnown(node)) throw unsupported('there is no layer for it')
    } catch (error) {
      if (error instanceof CodedError) throw error
      const reason = error instanceof Unsupported || error instanceof Error ? error.message : String(error)
      this.#refused.push(short(`${describeNode(node, this.#onnx.graph.nodes.length)}: ${reason}`))
    }
    const values = Array.isArray(value) ? (value as readonly Value[]) : [value as Value]
    for (const [index, name] of node.outputs.entries()) {
      // Indices of a pool, masks of a dropout: nobody reads them in an exported classifier.
      this.#set(name, values[index] ?? { kind: 'unknown' })
    }
  }

  #isKnown({ op, domain }: OnnxNode): boolean {
    return (
      domain === '' && (op === 'Constant' || Object.hasOwn(translations, op) || isFoldable({ op, domain } as OnnxNode))
    )
  }

  #valueOf(node: OnnxNode, read: (Value | undefined)[]): Value | readonly Value[] {
    if (!this.#isKnown(node)) throw unsupported('there is no layer for it')
    if (node.op === 'Constant') return constantNode(node, (tensor) => this.#tensor(tensor))
    if (read.every((one) => one?.kind !== 'map')) {
      if (isFoldable(node)) return this.#counted(fold(node, read as (ConstantValue | undefined)[]))
      throw unsupported('it works on constants only')
    }
    const translate = Object.hasOwn(translations, node.op) ? translations[node.op] : undefined
    if (!translate) throw unsupported('it works on a feature map')
    return translate(this.#site(node, read))
  }

  #inputs(node: OnnxNode): (Value | undefined)[] {
    return node.inputs.map((name) => {
      if (name === '') return undefined
      const known = this.#values.get(name)
      if (known) return known
      const tensor = this.#onnx.graph.initialisers.get(name)
      if (!tensor)
        throw unsupported(`it reads "${name}", which nothing before it writes (a cycle, or a part is missing)`)
      return this.#tensor(tensor)
    })
  }

  #tensor(tensor: OnnxTensor): ConstantValue {
    const outside = tensor.external && this.#place.external(tensor.external)
    const constant = constantOf(tensor.shape, tensor.read(outside), !isFloatType(tensor.type))
    if (!this.#read.has(tensor.name)) this.#elements.own += constant.data.length
    this.#read.add(tensor.name)
    return constant
  }

  /** Bounds what a file can have computed from little. */
  #counted(constant: ConstantValue): ConstantValue {
    this.#elements.computed += constant.data.length
    if (this.#elements.computed <= computedElements + 2 * this.#elements.own) return constant
    throw this.#error('it computes more constants than its own numbers account for')
  }

  #site(node: OnnxNode, inputs: readonly (Value | undefined)[]): Site {
    const site: Site = {
      node,
      assembly: this.assembly,
      batch: this.#batch,
      opset: this.#onnx.opsets.get('') ?? 0,
      input: (index) => inputs[index],
      constant: (index) => {
        const value = inputs[index]
        if (value?.kind === 'map') throw unsupported(`its input ${index + 1} depends on the image`)
        return value?.kind === 'constant' ? value : undefined
      },
      map: (index, { padded = false } = {}) => {
        const value = inputs[index]
        if (value?.kind !== 'map') throw unsupported(`its input ${index + 1} is not a feature map`)
        if (value.padding && !padded)
          throw unsupported('zeros were put around its input, which only a window takes over')
        return value
      },
      settle: (value) => this.#settle(value),
      flatten: (value) => asVector(site, value),
      isOwn: (layer) => !this.#shared.has(layer.name),
      nameFor: (weightsInput) => layerName(node, weightsInput === undefined ? undefined : node.inputs[weightsInput]),
      note: (op) => {
        this.ending = op === 'LogSoftmax' ? 'log-softmax' : 'softmax'
      },
      isResult: () => this.#isResult(node.outputs[0] ?? ''),
    }
    return site
  }

  /** Whether a value goes to the output and nowhere else, at most through operators that only rearrange it. */
  #isResult(name: string): boolean {
    if (this.#uses.get(name) !== 1) return false
    if (name === this.#output) return true
    const reader = this.#onnx.graph.nodes.find(({ inputs }) => inputs.includes(name))
    const rearranges = ['Identity', 'Cast', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze']
    return reader !== undefined && rearranges.includes(reader.op) && this.#isResult(reader.outputs[0] ?? '')
  }

  /** Does what was yet to be done: the image's goes into the network's mean and std, others become a normalisation. */
  #settle(value: MapValue): MapValue {
    const { affine, ...settled } = value
    if (value.layer !== 'input') {
      if (!affine) return value
      return { ...settled, layer: this.assembly.addAffine(`${value.layer}.scale`, value.layer, affine) }
    }
    const text = (one: Affine | undefined): string => (one ? [...one.scale, ...one.shift].join() : '')
    if (this.#isNormalised) {
      if (text(affine) !== text(this.normalisation)) throw unsupported('the image is normalised in more than one way')
      return settled
    }
    if (affine?.scale.some((factor) => !(factor > 0))) {
      return { ...settled, layer: this.assembly.addAffine('image.scale', 'input', affine) }
    }
    this.#isNormalised = true
    this.normalisation = affine
    return settled
  }

  #set(name: string, value: Value): void {
    if (name === '') return
    this.#values.set(name, value)
    if (value.kind === 'map' && (this.#uses.get(name) ?? 0) > 1) this.#shared.add(value.layer)
  }

  #count(name: string): void {
    this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1)
  }

  #error(reason: string, hint?: string): CodedError {
    return new CodedError('bad-network', `${this.#place.file} cannot be imported: ${reason}.`, hint)
  }

  #refusal(): CodedError {
    const count = this.#refused.length
    const rest = count > listed ? [`and ${count - listed} more`] : []
    return this.#error(
      `${count === 1 ? 'a node has' : `${count} nodes have`} no layer here. ${[...this.#refused.slice(0, listed), ...rest].join('; ')}`,
      'Known are convolutions (whole, in groups, depthwise; dilated), batch normalisation, ReLU, ReLU6, (hard-)sigmoid, SiLU, hard-swish, tanh, ELU, max- and average pools, dense layers, additions, products, concatenations, cutting and shuffling of channels, and what only rearranges. `splitbench profile` cuts and times any network.',
    )
  }
}

/** One line of bounded length, whatever names and numbers a file puts into it. */
const short = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > longest ? `${line.slice(0, longest)}…` : line
}

/** A constant that is written as a node. */
function constantNode({ attributes }: OnnxNode, read: (tensor: OnnxTensor) => ConstantValue): ConstantValue {
  const tensor = attributes.get('value')?.tensor()
  if (tensor) return read(tensor)
  const [float, integer] = [attributes.get('value_float')?.float, attributes.get('value_int')?.integer]
  if (float !== undefined) return constantOf([], Float32Array.of(float), false)
  if (integer !== undefined) return constantOf([], Float64Array.of(integer), true)
  const floats = attributes.get('value_floats')?.floats
  if (floats) return constantOf([floats.length], Float32Array.from(floats), false)
  const integers = attributes.get('value_ints')?.integers
  if (integers) return constantOf([integers.length], Float64Array.from(integers), true)
  throw unsupported('it holds no numbers')
}
