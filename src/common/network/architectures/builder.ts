import type { ConvLayer, FeatureShape, Layer, Network } from '../graph.ts'
import { outputShape } from '../shapes.ts'

export interface ArchitectureOptions {
  classes: number
  /** Multiplies every filter count; 1 is the published network. */
  width: number
  /** Side of the square image in pixels. */
  size: number
  mean: readonly number[]
  std: readonly number[]
}

type Convolution = Pick<ConvLayer, 'kernel' | 'stride' | 'padding'> & { filters: number; bias?: boolean }

/** Lists layers in order. Every method appends to `from` (the last layer unless said) and returns the name of what came last. */
export class NetworkBuilder {
  readonly #layers: Layer[]
  readonly #shapes = new Map<string, FeatureShape>()
  readonly #options: ArchitectureOptions

  constructor(options: ArchitectureOptions) {
    this.#options = options
    this.#layers = []
    const { size } = options
    this.add({ name: 'input', unit: 'input', op: 'input', inputs: [], channels: 3, height: size, width: size })
  }

  get last(): string {
    return this.#layers.at(-1)!.name
  }

  channels(name: string): number {
    return this.#shapes.get(name)!.channels
  }

  /** A published filter count at this width: at least one. */
  filters(count: number): number {
    return Math.max(1, Math.round(count * this.#options.width))
  }

  add(layer: Layer): string {
    this.#layers.push(layer)
    const shape = outputShape(
      layer,
      layer.inputs.map((name) => this.#shapes.get(name)),
    )
    this.#shapes.set(layer.name, shape)
    return layer.name
  }

  /** Convolution and batch normalisation, "<name>" and "<name>.bn". */
  convNorm(unit: string, name: string, { bias = false, ...rest }: Convolution, from = this.last): string {
    this.add({ name, unit, op: 'conv', inputs: [from], ...rest, bias })
    return this.norm(unit, name)
  }

  /** Depthwise convolution 3×3 and batch normalisation. */
  depthwiseNorm(unit: string, name: string, stride: number, from = this.last): string {
    this.add({ name, unit, op: 'depthwise', inputs: [from], kernel: 3, stride, padding: 1, bias: false })
    return this.norm(unit, name)
  }

  norm(unit: string, name: string): string {
    return this.add({ name: `${name}.bn`, unit, op: 'batchnorm', inputs: [name] })
  }

  relu(unit: string, name: string, from = this.last): string {
    return this.add({ name, unit, op: 'relu', inputs: [from] })
  }

  /** Global average pool ("avgpool") and a dense layer ("fc"). */
  classifier(): string {
    this.add({ name: 'avgpool', unit: 'avgpool', op: 'adaptivepool', inputs: [this.last], height: 1, width: 1 })
    this.add({ name: 'flatten', unit: 'fc', op: 'flatten', inputs: [this.last] })
    return this.add({ name: 'fc', unit: 'fc', op: 'dense', inputs: [this.last], outputs: this.#options.classes })
  }

  network(name: string): Network {
    const { classes, width, mean, std } = this.#options
    return { name, width, classes, mean, std, layers: this.#layers }
  }
}
