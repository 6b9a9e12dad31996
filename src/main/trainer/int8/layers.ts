import type { GraphWriter } from '#common/formats/onnx/graph.ts'
import { isFlat } from '#common/network/flat.ts'
import type { FeatureShape, InputLayer, Layer } from '#common/network/graph.ts'
import { layerNamed, weightShapes } from '#common/network/graph.ts'
import { inferShapes } from '#common/network/shapes.ts'
import type { Model } from '#common/network/weights.ts'
import { valueName } from '../onnx/export.ts'
import { exportLayer, windowAttributes } from '../onnx/layers.ts'
import type { WeightedLayer } from './fold.ts'
import { isWeighted } from './fold.ts'
import type { Scale } from './numbers.ts'
import { biasUnit, integerWeights } from './numbers.ts'

/**
 * Writes the layers of a folded head and the codes between them. A layer's values are "/name"; where they exist as codes,
 * those are "/name/codes" and what the layers behind read "/name/decoded".
 */
export class Int8Writer {
  readonly #graph: GraphWriter
  readonly #head: Model
  readonly #scales: ReadonlyMap<string, Scale>
  readonly #shapes: ReadonlyMap<string, FeatureShape>

  /** `scales`: of the layers whose output exists as codes. */
  constructor(graph: GraphWriter, head: Model, scales: ReadonlyMap<string, Scale>) {
    this.#graph = graph
    this.#head = head
    this.#scales = scales
    this.#shapes = inferShapes(head.network)
  }

  /** What the layers behind a layer read. */
  valueOf(layer: string): string {
    return this.#scales.has(layer) ? `${valueName(layer)}/decoded` : valueName(layer)
  }

  /** From a layer's values to its codes, and back unless nobody reads them (`decoded`: null). */
  code({ name }: Layer, codes = `${valueName(name)}/codes`, decoded: string | null = this.valueOf(name)): void {
    const scale = this.#scales.get(name)!
    this.#quantise(valueName(name), codes, scale, name)
    if (decoded !== null) this.#dequantise(codes, decoded, name)
  }

  write(layer: Exclude<Layer, InputLayer>, output = valueName(layer.name)): void {
    if (isWeighted(layer)) {
      this.#writeWeighted(layer, output)
      return
    }
    const { network, weights } = this.#head
    const [from] = layer.inputs as [string]
    exportLayer(layer, {
      graph: this.#graph,
      weights,
      input: this.#shapes.get(from)!,
      flat: isFlat(network, from),
      flatInputs: layer.inputs.map((input) => isFlat(network, input)),
      inputs: layer.inputs.map((input) => this.valueOf(input)),
      output,
    })
  }

  /** Convolution or dense layer: its input exists as codes. */
  #writeWeighted(layer: WeightedLayer, output: string): void {
    const graph = this.#graph
    const [from] = layer.inputs as [string]
    const input = this.#shapes.get(from)!
    const constants = this.#constants(layer, input, this.#scales.get(from)!.scale)
    if (layer.op === 'dense') {
      graph.node('Gemm', [this.#asVector(from), ...constants], output, { transB: 1 })
      return
    }
    const groups = layer.op === 'depthwise' ? input.channels : layer.groups
    graph.node('Conv', [this.valueOf(from), ...constants], output, {
      ...(groups === undefined ? {} : { group: groups }),
      ...windowAttributes(layer),
    })
  }

  /** Weights and bias as whole numbers, and the names of what they decode to. */
  #constants(layer: WeightedLayer, input: FeatureShape, inputScale: number): string[] {
    const graph = this.#graph
    const { name } = layer
    const { weights } = this.#head
    const shape = weightShapes(layer, input)[`${name}.weight`]!
    const [rows] = shape as [number]
    const whole = integerWeights(weights.get(`${name}.weight`)!, weights.get(`${name}.bias`), rows, inputScale)
    const decoded = (constant: string, scales: Float32Array, ...zeros: string[]): string => {
      const inputs = [constant, graph.constant(`${constant}.scale`, [rows], scales), ...zeros]
      graph.node('DequantizeLinear', inputs, `${constant}.decoded`, { axis: 0 })
      return `${constant}.decoded`
    }
    const zeros = graph.constant(`${name}.weight.zero`, [rows], new Int8Array(rows))
    const constants = [decoded(graph.constant(`${name}.weight`, shape, whole.weights), whole.scales, zeros)]
    if (whole.bias) {
      const unit = whole.scales.map((scale) => biasUnit(inputScale, scale))
      constants.push(decoded(graph.constant(`${name}.bias`, [rows], whole.bias), unit))
    }
    return constants
  }

  /** A map's values row by row for a dense layer, as codes of the same scale: flattening is no computation. */
  #asVector(from: string): string {
    if (isFlat(this.#head.network, layerNamed(this.#head.network, from).name)) return this.valueOf(from)
    const vector = `${valueName(from)}/vector`
    this.#graph.node('Flatten', [this.valueOf(from)], vector, { axis: 1 })
    this.#quantise(vector, `${vector}/codes`, this.#scales.get(from)!, `${from}.vector`)
    this.#dequantise(`${vector}/codes`, `${vector}/decoded`, `${from}.vector`)
    return `${vector}/decoded`
  }

  #quantise(values: string, codes: string, { scale, zero }: Scale, name: string): void {
    const graph = this.#graph
    const constants = [
      graph.constant(`${name}.scale`, [], Float32Array.of(scale)),
      graph.constant(`${name}.zero`, [], Uint8Array.of(zero)),
    ]
    graph.node('QuantizeLinear', [values, ...constants], codes)
  }

  #dequantise(codes: string, values: string, name: string): void {
    this.#graph.node('DequantizeLinear', [codes, `${name}.scale`, `${name}.zero`], values)
  }
}
