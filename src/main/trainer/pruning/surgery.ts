import { channelGroups } from '#common/network/channelGroups.ts'
import { isCodecLayer } from '#common/network/codecLayers.ts'
import type { Layer, Network } from '#common/network/graph.ts'
import { channelsPerFilter } from '#common/network/graph.ts'
import { inferShapes } from '#common/network/shapes.ts'
import type { Model, Weights } from '#common/network/weights.ts'
import { windowOf } from '#common/network/window.ts'

/** For each group of channels that shrinks: those that stay, ascending. A group that is not listed keeps all. */
export type Kept = ReadonlyMap<string, readonly number[]>

/**
 * Physical removal of channels (frameworks.md §6): a channel goes with every filter that makes it, its biases,
 * normalisation constants and running statistics, its depthwise filters, and its column in every layer that reads it;
 * behind a flatten those are H·W consecutive columns; a convolution in groups loses whole blocks. Returns a new model; the old one is untouched.
 *
 * Knows nothing of criteria. Throws when a list is empty, unsorted or out of range, or names no group, and for a network
 * with a codec: that is put in after pruning.
 */
export function removeFilters(model: Model, kept: Kept): Model {
  const { network } = model
  const codec = network.layers.find(isCodecLayer)
  if (codec) throw new Error(`"${codec.name}" belongs to a codec: filters are removed before one is put in`)
  const groups = channelGroups(network)
  const staying = new Map<string, ReadonlySet<number>>()
  for (const [name, stay] of kept) {
    const group = groups.groups.find((one) => one.name === name)
    if (!group) throw new Error(`"${name}" is not a group of channels that can be pruned`)
    assertSelection(name, stay, group.size)
    if (stay.length < group.size) staying.set(name, new Set(stay))
  }
  /** Output channels of a layer that stay; undefined = all of them. */
  const survivors = (layer: string): readonly number[] | undefined => {
    const channels = groups.channelsOf(layer)
    const stays = channels.map((channel) => !channel || (staying.get(channel.group)?.has(channel.index) ?? true))
    return stays.every(Boolean) ? undefined : [...stays.keys()].filter((channel) => stays[channel])
  }

  const shapes = inferShapes(network)
  const weights: Weights = new Map()
  const layers = network.layers.map((layer): Layer => {
    const from = layer.inputs[0]
    if (from === undefined) return layer
    const input = shapes.get(from)!
    const tensor = (suffix: string): Float32Array => model.weights.get(`${layer.name}.${suffix}`)!
    const store = (suffix: string, values: Float32Array): void => {
      weights.set(`${layer.name}.${suffix}`, values)
    }
    switch (layer.op) {
      case 'conv': {
        const stay = survivors(layer.name)
        const [rows, columns] = windowOf(layer).kernel
        const area = rows * columns
        const read = channelsPerFilter(layer, input)
        const filters = pick(tensor('weight'), layer.filters, read * area, stay)
        // A block of a convolution in groups goes as a whole: the others read what they read before.
        const { groups = 1 } = layer
        const inputs = groups === 1 ? survivors(from) : undefined
        store('weight', pickColumns(filters, stay?.length ?? layer.filters, read, area, inputs))
        if (layer.bias) store('bias', pick(tensor('bias'), layer.filters, 1, stay))
        if (!stay) return layer
        const left = { ...layer, filters: stay.length }
        return groups === 1 ? left : { ...left, groups: (groups * stay.length) / layer.filters }
      }
      case 'depthwise': {
        const [rows, columns] = windowOf(layer).kernel
        store('weight', pick(tensor('weight'), input.channels, rows * columns, survivors(from)))
        if (layer.bias) store('bias', pick(tensor('bias'), input.channels, 1, survivors(from)))
        return layer
      }
      case 'batchnorm':
        for (const suffix of ['weight', 'bias', 'running_mean', 'running_var']) {
          store(suffix, pick(tensor(suffix), input.channels, 1, survivors(from)))
        }
        return layer
      case 'dense': {
        const stay = survivors(layer.name)
        const area = input.height * input.width
        const rows = pick(tensor('weight'), layer.outputs, input.channels * area, stay)
        store('weight', pickColumns(rows, stay?.length ?? layer.outputs, input.channels, area, survivors(from)))
        store('bias', pick(tensor('bias'), layer.outputs, 1, stay))
        return stay ? { ...layer, outputs: stay.length } : layer
      }
      case 'select': {
        const stay = survivors(layer.name)
        const read = survivors(from)
        const places = new Map(read?.map((channel, place) => [channel, place]))
        const chosen = stay ? stay.map((channel) => layer.channels[channel]!) : layer.channels
        return { ...layer, channels: read ? chosen.map((channel) => places.get(channel)!) : chosen }
      }
      default:
        return layer
    }
  })
  const smaller: Network = { ...network, layers }
  return { network: smaller, weights }
}

function assertSelection(name: string, stay: readonly number[], size: number): void {
  const sorted = stay.every((value, index) => Number.isInteger(value) && (index === 0 || value > stay[index - 1]!))
  if (stay.length === 0 || !sorted || stay[0]! < 0 || stay[stay.length - 1]! >= size) {
    throw new Error(`the channels to keep in "${name}" must be ascending numbers below ${size}, at least one`)
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
