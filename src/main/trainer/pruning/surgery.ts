import type { Layer, Network } from '#common/network/graph.ts'
import { inferShapes } from '#common/network/shapes.ts'
import type { Model, Weights } from '#common/network/weights.ts'

/** For each convolution that shrinks: the filters that stay, ascending. A convolution that is not listed keeps all. */
export type Kept = ReadonlyMap<string, readonly number[]>

/**
 * Physical removal of filters (frameworks.md §6): filter k of a convolution goes with its bias, its normalisation
 * constants and running statistics, and with its column in every layer that reads it; behind a flatten those are
 * H·W consecutive columns. Returns a new model; the old one is untouched.
 *
 * Knows nothing of criteria. Throws when a list is empty, unsorted or out of range, or names no convolution.
 */
export function removeFilters(model: Model, kept: Kept): Model {
  const shapes = inferShapes(model.network)
  const weights: Weights = new Map()
  const layers: Layer[] = []
  /** Output channels of each layer that survive; undefined = all of them. */
  const survivors = new Map<string, readonly number[] | undefined>()
  const convolutions = new Set(model.network.layers.filter((layer) => layer.op === 'conv').map((layer) => layer.name))
  for (const name of kept.keys()) if (!convolutions.has(name)) throw new Error(`"${name}" is not a convolution`)

  for (const layer of model.network.layers) {
    const from = layer.inputs[0]
    const input = from === undefined ? undefined : shapes.get(from)!
    const inputKept = from === undefined ? undefined : survivors.get(from)
    const tensor = (suffix: string): Float32Array => model.weights.get(`${layer.name}.${suffix}`)!
    const store = (suffix: string, values: Float32Array): void => {
      weights.set(`${layer.name}.${suffix}`, values)
    }
    switch (layer.op) {
      case 'conv': {
        const stay = kept.get(layer.name)
        if (stay) assertSelection(layer.name, stay, layer.filters)
        const area = layer.kernel * layer.kernel
        const rows = pick(tensor('weight'), layer.filters, input!.channels * area, stay)
        const columns = pickColumns(rows, stay?.length ?? layer.filters, input!.channels, area, inputKept)
        store('weight', columns)
        if (layer.bias) store('bias', pick(tensor('bias'), layer.filters, 1, stay))
        layers.push(stay ? { ...layer, filters: stay.length } : layer)
        survivors.set(layer.name, stay)
        break
      }
      case 'batchnorm':
        for (const suffix of ['weight', 'bias', 'running_mean', 'running_var']) {
          store(suffix, pick(tensor(suffix), input!.channels, 1, inputKept))
        }
        layers.push(layer)
        survivors.set(layer.name, inputKept)
        break
      case 'dense':
        store('weight', pickColumns(tensor('weight'), layer.outputs, input!.channels, 1, inputKept))
        store('bias', tensor('bias').slice())
        layers.push(layer)
        survivors.set(layer.name, undefined)
        break
      case 'flatten': {
        const area = input!.height * input!.width
        layers.push(layer)
        survivors.set(
          layer.name,
          inputKept?.flatMap((channel) => Array.from({ length: area }, (_, k) => channel * area + k)),
        )
        break
      }
      case 'input':
      case 'relu':
      case 'maxpool':
        layers.push(layer)
        survivors.set(layer.name, inputKept)
        break
    }
  }
  const network: Network = { ...model.network, layers }
  return { network, weights }
}

function assertSelection(name: string, stay: readonly number[], filters: number): void {
  const sorted = stay.every((value, index) => Number.isInteger(value) && (index === 0 || value > stay[index - 1]!))
  if (stay.length === 0 || !sorted || stay[0]! < 0 || stay[stay.length - 1]! >= filters) {
    throw new Error(`the filters to keep in "${name}" must be ascending numbers below ${filters}, at least one`)
  }
}

/** Rows of a [count, size] matrix. */
function pick(values: Float32Array, count: number, size: number, stay: readonly number[] | undefined): Float32Array {
  if (!stay || stay.length === count) return values.slice()
  const out = new Float32Array(stay.length * size)
  stay.forEach((row, index) => {
    out.set(values.subarray(row * size, (row + 1) * size), index * size)
  })
  return out
}

/** Columns of a [rows, columns, size] block. */
function pickColumns(
  values: Float32Array,
  rows: number,
  columns: number,
  size: number,
  stay: readonly number[] | undefined,
): Float32Array {
  if (!stay || stay.length === columns) return values.slice()
  const out = new Float32Array(rows * stay.length * size)
  for (let row = 0; row < rows; row++) {
    stay.forEach((column, index) => {
      const at = (row * columns + column) * size
      out.set(values.subarray(at, at + size), (row * stay.length + index) * size)
    })
  }
  return out
}
