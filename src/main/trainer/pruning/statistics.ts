import { CodedError } from '#common/errors.ts'
import type { ChannelGroups } from '#common/network/channelGroups.ts'
import { inferShapes } from '#common/network/shapes.ts'
import type { Model } from '#common/network/weights.ts'
import type { ChannelMaps, ChannelStatistics } from './criteria/criterion.ts'
import { expectedValues } from './expectation.ts'

/** What the weights alone tell of a group of tied channels, in the group's order. */
export function weightStatistics(
  model: Model,
  { groups, channelsOf }: ChannelGroups,
  name: string,
): Pick<ChannelStatistics, 'channels' | 'filters' | 'scales' | 'readers' | 'rectified'> {
  const { network, weights } = model
  const channels = groups.find((group) => group.name === name)!.size
  const shapes = inferShapes(network)
  const filters: { values: Float32Array; size: number }[] = []
  const scales: Float32Array[] = []
  const readers: { expected: Float32Array; kernelSums: Float32Array; outputs: number }[] = []
  for (const layer of network.layers) {
    const from = layer.inputs[0]
    if (from === undefined) continue
    const made = indicesOf(channelsOf(layer.name), name)
    const weight = weights.get(`${layer.name}.weight`)
    if ((layer.op === 'conv' || layer.op === 'dense') && made.length > 0) {
      const size = weight!.length / shapes.get(layer.name)!.channels
      for (const part of oneEach(made)) {
        const values = new Float32Array(channels * size)
        for (const [channel, index] of part) {
          values.set(weight!.subarray(channel * size, (channel + 1) * size), index * size)
        }
        filters.push({ values, size })
      }
    }
    if (layer.op === 'batchnorm' && made.length > 0) {
      const magnitudes = new Float32Array(channels)
      for (const [channel, index] of made) magnitudes[index]! += Math.abs(weight![channel]!)
      scales.push(magnitudes)
    }
    const read = indicesOf(channelsOf(from), name)
    if ((layer.op === 'conv' || layer.op === 'dense' || layer.op === 'depthwise') && read.length > 0) {
      const columns = channelsOf(from).length
      const groups = layer.op === 'depthwise' ? columns : layer.op === 'conv' ? (layer.groups ?? 1) : 1
      const outputs = shapes.get(layer.name)!.channels / groups
      readers.push(readerOf(model, from, read, { weight: weight!, outputs, channels, columns, groups }))
    }
  }
  return {
    channels,
    filters,
    scales,
    // Only the feature bias looks at readers, and not every network lets their input be expected.
    get readers() {
      if (readers.some(({ expected }) => expected.length === 0)) throw unexpected(name)
      return readers
    },
    get rectified() {
      return network.layers
        .filter(({ op, inputs: [from] }) => op === 'relu' && indicesOf(channelsOf(from!), name).length > 0)
        .map((layer) => {
          const [before, behind] = [expectedValues(model, layer.inputs[0]!), expectedValues(model, layer.name)]
          if (!before || !behind) throw unexpected(name)
          const ofGroup = (values: Float32Array): Float32Array =>
            sumOverSites({ groups, channelsOf }, name, [layer.name], new Map([[layer.name, values]]))
          return { before: ofGroup(before), behind: ofGroup(behind) }
        })
    },
  }
}

const unexpected = (name: string): CodedError =>
  new CodedError(
    'bad-network',
    `The feature bias of ${name} cannot be computed: no batch normalisation stands before its readers.`,
    'Choose another --criterion, such as taylor or l1.',
  )

function readerOf(
  model: Model,
  from: string,
  read: Places,
  { weight, outputs, channels, columns, groups }: ReaderShape,
): { expected: Float32Array; kernelSums: Float32Array; outputs: number } {
  const values = expectedValues(model, from)
  // Channels that go together may be expected differently: then that is in the sums already.
  const isMixed = values && differs(read, values)
  const expected = new Float32Array(values ? channels : 0)
  const kernelSums = new Float32Array(outputs * channels)
  const perFilter = columns / groups
  const area = weight.length / (outputs * columns)
  for (const [channel, index] of read) {
    if (values) expected[index] = isMixed ? 1 : values[channel]!
    const factor = isMixed ? values[channel]! : 1
    const block = Math.floor(channel / perFilter)
    for (let output = 0; output < outputs; output++) {
      let sum = 0
      const start = ((block * outputs + output) * perFilter + (channel % perFilter)) * area
      for (let at = start; at < start + area; at++) sum += weight[at]!
      kernelSums[output * channels + index]! += factor * sum
    }
  }
  return { expected, kernelSums, outputs }
}

interface ReaderShape {
  weight: Float32Array
  /** Of one block of a convolution in groups. */
  outputs: number
  channels: number
  columns: number
  groups: number
}

type Places = readonly (readonly [channel: number, index: number])[]

/** Whether channels with one index have different values. */
function differs(read: Places, values: Float32Array): boolean {
  const first = new Map<number, number>()
  return read.some(([channel, index]) => {
    const known = first.get(index)
    if (known === undefined) first.set(index, values[channel]!)
    return known !== undefined && known !== values[channel]
  })
}

/** The channels in parts in which each index is at most once. */
function oneEach(made: Places): Places[] {
  const parts: (readonly [number, number])[][] = []
  const seen = new Map<number, number>()
  for (const place of made) {
    const before = seen.get(place[1]) ?? 0
    seen.set(place[1], before + 1)
    parts[before] ??= []
    parts[before].push(place)
  }
  return parts
}

type Refs = ReturnType<ChannelGroups['channelsOf']>

/** [channel of the layer, index in the group] of those that belong to the group. */
const indicesOf = (refs: Refs, group: string): [number, number][] =>
  refs.flatMap((ref, channel): [number, number][] => (ref?.group === group ? [[channel, ref.index]] : []))

/** Numbers per channel of several places, added up in the group's order. */
export function sumOverSites(
  { groups, channelsOf }: ChannelGroups,
  name: string,
  sites: readonly string[],
  values: ReadonlyMap<string, Float32Array>,
): Float32Array {
  const total = new Float32Array(groups.find((group) => group.name === name)!.size)
  for (const site of sites) {
    for (const [channel, index] of indicesOf(channelsOf(site), name)) total[index]! += values.get(site)![channel]!
  }
  return total
}

/** One image's maps [C, H, W] at a place, in the group's order. */
export function mapsOf(
  { groups, channelsOf }: ChannelGroups,
  name: string,
  site: string,
  maps: Float32Array,
  { height, width }: { height: number; width: number },
): ChannelMaps {
  const { size } = groups.find((group) => group.name === name)!
  const positions = height * width
  // Maps of channels that go together lie below one another.
  const parts = oneEach(indicesOf(channelsOf(site), name))
  const values = new Float32Array(size * positions * parts.length)
  for (const [below, part] of parts.entries()) {
    for (const [channel, index] of part) {
      const at = (index * parts.length + below) * positions
      values.set(maps.subarray(channel * positions, (channel + 1) * positions), at)
    }
  }
  return { values, height: height * Math.max(1, parts.length), width }
}
