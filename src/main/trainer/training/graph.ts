import type { Layer, Network } from '#common/network/graph.ts'
import { consumersOf } from '#common/network/graph.ts'
import type { Model } from '#common/network/weights.ts'
import type { Kernels, Parameter, Tensor } from '../backend/kernels.ts'
import type { ChannelDraws } from '../layers/codec/draws.ts'
import { buildOperators } from '../layers/index.ts'
import type { Mode, Operator } from '../layers/operator.ts'

/** What a forward run left for the gradients. */
export interface Recorded {
  outputs: Map<string, Tensor>
  shapes: Map<string, readonly number[]>
  saved: Map<string, readonly Tensor[]>
}

export interface ForwardRequest {
  mode: Mode
  /** Outputs that are given, by layer name; what lies before them is not computed. Taken over: the run frees them. */
  given: ReadonlyMap<string, Tensor>
  /** Outputs that stay; the run computes no layer that none of them needs. */
  wanted: ReadonlySet<string>
  /** Layers for whose output a gradient will be asked (`differentiable`); undefined = none will. */
  recordFor?: ReadonlySet<string>
  updating?: boolean
  /** Layers whose weights stay: they run as in evaluation, in whatever mode the others are. */
  frozen?: ReadonlySet<string>
  /** Of random channels. */
  draws?: ChannelDraws | undefined
}

/** A network's operators in topological order, run forwards and backwards; a tensor with several readers sums their gradients. */
export class Graph {
  readonly network: Network
  readonly operators: Map<string, Operator>
  readonly #kernels: Kernels
  /** By normalisation: the ReLU that alone reads it. */
  readonly #rectifiers: ReadonlyMap<string, string>

  constructor(model: Model, kernels: Kernels) {
    this.network = model.network
    this.#kernels = kernels
    this.operators = buildOperators(model, kernels)
    this.#rectifiers = findRectifiers(model.network)
  }

  /** The layers for whose output a gradient is needed so that `seed` layers get theirs: those, and all behind them. */
  differentiable(seed: (layer: Layer, operator: Operator) => boolean): Set<string> {
    const found = new Set<string>()
    for (const layer of this.network.layers) {
      if (seed(layer, this.operators.get(layer.name)!) || layer.inputs.some((input) => found.has(input))) {
        found.add(layer.name)
      }
    }
    return found
  }

  forward({ mode, given, wanted, recordFor, updating = false, frozen, draws }: ForwardRequest): Recorded {
    const outputs = new Map(given)
    const shapes = new Map([...given].map(([name, tensor]) => [name, tensor.shape as readonly number[]]))
    const saved = new Map<string, readonly Tensor[]>()
    const needed = this.#neededFor(wanted, given)
    const kept = this.#keptFor(wanted, recordFor)
    const readers = countReaders(needed)
    for (const layer of needed) {
      // Computed together with the normalisation before it.
      if (outputs.has(layer.name)) continue
      const rectifier = wanted.has(layer.name) ? undefined : this.#rectifiers.get(layer.name)
      const operator = this.operators.get(layer.name)!
      const recording = recordFor !== undefined && this.#runsBackward(layer, operator, recordFor)
      const own = modeOf(layer, operator, mode, frozen)
      const inputs = layer.inputs.map((name) => outputs.get(name)!)
      const rectified = rectifier !== undefined
      const result = operator.forward(inputs, {
        kernels: this.#kernels,
        mode: own,
        recording,
        updating,
        draws,
        rectified,
      })
      outputs.set(rectifier ?? layer.name, result.output)
      if (rectified) shapes.set(rectifier, result.output.shape)
      shapes.set(layer.name, result.output.shape)
      if (recording) saved.set(layer.name, result.saved)
      for (const name of layer.inputs) {
        const left = readers.get(name)! - 1
        readers.set(name, left)
        if (left === 0 && !kept.has(name)) release(outputs, name)
      }
    }
    return { outputs, shapes, saved }
  }

  /**
   * Gradients from that of the last layer's output (or that of `from`) backwards through `recorded`, which this frees as
   * it goes. The parameters of `frozen` layers get none.
   * `visit` sees the finished gradient of every layer in `through`; `onGradient` takes over those of parameters.
   */
  backward(
    recorded: Recorded,
    gradientOfOutput: Tensor,
    through: ReadonlySet<string>,
    mode: Mode,
    {
      visit,
      onGradient,
      frozen,
      from,
    }: {
      visit?: (layer: string, output: Tensor | undefined, gradient: Tensor) => void
      onGradient?: (parameter: Parameter, gradient: Tensor) => void
      frozen?: ReadonlySet<string>
      from?: string
    },
  ): void {
    const { outputs, shapes, saved } = recorded
    const { layers } = this.network
    const gradients = new Map([[from ?? layers[layers.length - 1]!.name, gradientOfOutput]])
    for (const layer of layers.toReversed()) {
      const gradient = gradients.get(layer.name)
      if (!gradient) continue
      const operator = this.operators.get(layer.name)!
      visit?.(layer.name, outputs.get(layer.name), gradient)
      const learning = onGradient !== undefined && !frozen?.has(layer.name)
      if (this.#runsBackward(layer, operator, through, learning)) {
        const found = operator.backward(
          {
            gradient,
            inputs: layer.inputs.map((name) => outputs.get(name)!),
            output: outputs.get(layer.name),
            saved: saved.get(layer.name) ?? [],
            inputShapes: layer.inputs.map((name) => shapes.get(name)!),
            wanted: layer.inputs.map((name) => through.has(name)),
          },
          {
            kernels: this.#kernels,
            mode: modeOf(layer, operator, mode, frozen),
            ...(learning ? { onGradient } : {}),
          },
        )
        layer.inputs.forEach((name, index) => {
          const part = found[index]
          if (part) this.#accumulate(gradients, name, part)
        })
      }
      gradient.dispose()
      for (const tensor of saved.get(layer.name) ?? []) tensor.dispose()
      release(outputs, layer.name)
    }
  }

  dispose(): void {
    for (const operator of this.operators.values()) operator.dispose()
  }

  /** Whether the layer's own gradient has to be computed: for its parameters, or for something before it. */
  #runsBackward(layer: Layer, operator: Operator, through: ReadonlySet<string>, forParameters = true): boolean {
    if (layer.inputs.some((input) => through.has(input))) return true
    return forParameters && operator.trainables.length > 0 && through.has(layer.name)
  }

  #neededFor(wanted: ReadonlySet<string>, given: ReadonlyMap<string, Tensor>): Layer[] {
    const needed = new Set<string>(wanted)
    const found: Layer[] = []
    for (const layer of this.network.layers.toReversed()) {
      if (!needed.has(layer.name) || given.has(layer.name)) continue
      found.push(layer)
      for (const input of layer.inputs) needed.add(input)
    }
    return found.reverse()
  }

  /** Outputs that must outlive their last reader. */
  #keptFor(wanted: ReadonlySet<string>, recordFor: ReadonlySet<string> | undefined): Set<string> {
    const kept = new Set(wanted)
    if (!recordFor) return kept
    for (const layer of this.network.layers) {
      const operator = this.operators.get(layer.name)!
      if (!this.#runsBackward(layer, operator, recordFor)) continue
      if (operator.needs.output) kept.add(layer.name)
      if (operator.needs.inputs) for (const input of layer.inputs) kept.add(input)
    }
    return kept
  }

  #accumulate(gradients: Map<string, Tensor>, name: string, part: Tensor): void {
    const before = gradients.get(name)
    if (!before) {
      gradients.set(name, part)
      return
    }
    gradients.set(name, this.#kernels.add(before, part))
    before.dispose()
    part.dispose()
  }
}

/** A channel has no weights: it goes on drawing when everything around it is frozen. */
const modeOf = (
  { name }: Layer,
  { trainables }: Operator,
  mode: Mode,
  frozen: ReadonlySet<string> | undefined,
): Mode => (trainables.length > 0 && frozen?.has(name) ? 'eval' : mode)

function findRectifiers(network: Network): Map<string, string> {
  const found = new Map<string, string>()
  for (const { name, op } of network.layers) {
    if (op !== 'batchnorm') continue
    const [reader, ...others] = consumersOf(network, name)
    if (reader?.op === 'relu' && reader.max === undefined && others.length === 0) found.set(name, reader.name)
  }
  return found
}

function countReaders(layers: readonly Layer[]): Map<string, number> {
  const readers = new Map<string, number>()
  for (const layer of layers) for (const input of layer.inputs) readers.set(input, (readers.get(input) ?? 0) + 1)
  return readers
}

function release(outputs: Map<string, Tensor>, name: string): void {
  outputs.get(name)?.dispose()
  outputs.delete(name)
}
