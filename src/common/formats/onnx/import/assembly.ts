import { keepsRank } from '../../../network/flat.ts'
import type { FeatureShape, Layer, Network } from '../../../network/graph.ts'
import { bnEpsilon, weightShapes } from '../../../network/graph.ts'
import { outputShape } from '../../../network/shapes.ts'
import type { Model, Weights } from '../../../network/weights.ts'

type Unnamed<L> = L extends Layer ? Omit<L, 'name' | 'unit' | 'inputs'> : never
/** A layer without its place. */
export type NewLayer = Unnamed<Exclude<Layer, { op: 'input' }>>

/** A gigabyte of float32: no map of a network that anyone could train here comes near it. */
const largestMap = 2 ** 28

/** Collects layers in order, with their shapes and weights. */
export class Assembly {
  readonly #layers: Layer[] = []
  readonly #shapes = new Map<string, FeatureShape>()
  readonly #flat = new Set<string>()
  readonly #weights: Weights = new Map()

  constructor(image: FeatureShape) {
    this.#layers.push({ name: 'input', unit: 'input', op: 'input', inputs: [], ...image })
    this.#shapes.set('input', image)
  }

  shape(layer: string): FeatureShape {
    return this.#shapes.get(layer)!
  }

  layer(name: string): Layer {
    return this.#layers.find((layer) => layer.name === name)!
  }

  /** Whether a layer's output is a vector in a file: it comes after a flatten or dense layer (as `isFlat` says it). */
  isFlat(layer: string): boolean {
    return this.#flat.has(layer)
  }

  /**
   * Appends a layer under `wanted`, or a number behind it where that is taken, and returns its name. `tensors`: weights by
   * the end of their names. Throws an Error where the layer does not fit its inputs or its weights do not fit it.
   */
  add(wanted: string, layer: NewLayer, inputs: readonly string[], tensors: Record<string, Float32Array> = {}): string {
    const name = this.#freeName(wanted)
    const placed = { ...layer, name, unit: name, inputs } as Layer
    const shape = outputShape(
      placed,
      inputs.map((input) => this.#shapes.get(input)),
    )
    const count = shape.channels * shape.height * shape.width
    if (!(count <= largestMap)) throw new Error(`it would have ${count} numbers for one image`)
    const expected = weightShapes(placed, this.shape(inputs[0]!))
    for (const [key, extents] of Object.entries(expected)) {
      const values = tensors[key.slice(name.length + 1)]
      const needed = extents.reduce((total, extent) => total * extent, 1)
      if (values?.length !== needed) {
        throw new Error(`it needs ${needed} numbers [${extents.join(', ')}] and has ${values?.length ?? 0}`)
      }
      this.#weights.set(key, values)
    }
    this.#layers.push(placed)
    this.#shapes.set(name, shape)
    if (layer.op === 'flatten' || layer.op === 'dense' || (keepsRank(layer) && this.isFlat(inputs[0]!))) {
      this.#flat.add(name)
    }
    return name
  }

  /** Multiplies each output channel of a convolution or dense layer by `scale` and adds `shift` to it. */
  scaleOutputs(name: string, scale: Float64Array, shift: Float64Array): void {
    const index = this.#layers.findIndex((layer) => layer.name === name)
    const layer = this.#layers[index]!
    const weight = this.#weights.get(`${name}.weight`)!
    const size = weight.length / scale.length
    this.#weights.set(
      `${name}.weight`,
      weight.map((value, at) => value * scale[Math.floor(at / size)]!),
    )
    const bias = this.#weights.get(`${name}.bias`)
    this.#weights.set(
      `${name}.bias`,
      Float32Array.from(scale, (factor, channel) => (bias?.[channel] ?? 0) * factor + shift[channel]!),
    )
    if (layer.op === 'conv' || layer.op === 'depthwise') this.#layers[index] = { ...layer, bias: true }
  }

  /** A normalisation that computes x·scale + shift and nothing else. */
  addAffine(wanted: string, input: string, { scale, shift }: { scale: Float64Array; shift: Float64Array }): string {
    const deviation = Math.sqrt(1 + bnEpsilon)
    return this.add(wanted, { op: 'batchnorm' }, [input], {
      weight: Float32Array.from(scale, (value) => value * deviation),
      bias: Float32Array.from(shift),
      running_mean: new Float32Array(scale.length),
      running_var: new Float32Array(scale.length).fill(1),
    })
  }

  /** What a normalisation does to each channel, x·scale + shift. */
  affineOf(name: string): { scale: Float64Array; shift: Float64Array } {
    const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(
      (suffix) => this.#weights.get(`${name}.${suffix}`)!,
    ) as [Float32Array, Float32Array, Float32Array, Float32Array]
    const scale = Float64Array.from(gamma, (value, channel) => value / Math.sqrt(variance[channel]! + bnEpsilon))
    const shift = Float64Array.from(beta, (value, channel) => value - mean[channel]! * scale[channel]!)
    return { scale, shift }
  }

  /** Everything that `output` depends on, in order; the rest is dropped. */
  model(output: string, about: Omit<Network, 'layers'>): Model {
    const needed = new Set([output, 'input'])
    for (const layer of [...this.#layers].reverse()) {
      if (needed.has(layer.name)) for (const input of layer.inputs) needed.add(input)
    }
    const layers = this.#layers.filter(({ name }) => needed.has(name))
    const weights: Weights = new Map()
    for (const layer of layers) {
      if (layer.inputs.length === 0) continue
      for (const name of Object.keys(weightShapes(layer, this.shape(layer.inputs[0]!)))) {
        weights.set(name, this.#weights.get(name)!)
      }
    }
    return { network: { ...about, layers }, weights }
  }

  #freeName(wanted: string): string {
    let name = wanted
    for (let number = 2; this.#shapes.has(name); number++) name = `${wanted}-${number}`
    return name
  }
}
