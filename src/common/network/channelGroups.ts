import type { Layer, Network } from './graph.ts'
import { channelsPerFilter, consumersOf } from './graph.ts'
import { inferShapes } from './shapes.ts'

/**
 * Channels that can only be kept or removed together (frameworks.md §6; Fang et al., "DepGraph", CVPR 2023, for the idea):
 * an addition ties the channels of its inputs, a depthwise convolution, normalisation, activation or pool hands on those
 * of its input, a concatenation puts them behind one another, a
 * selection picks some of them, a flatten repeats each for every position; a product ties
 * like an addition, and a convolution in groups ties the channels of each of its blocks, read and made: a block goes as a
 * whole, and the rest is a convolution in fewer groups. What remains are groups of equally tied channels, named after the
 * first layer that makes them.
 *
 * A removed channel must be one whose masked activation is 0 wherever it is read: where a sigmoid has made ½ of it and
 * nothing has multiplied it by another 0 since, it stays.
 */
export interface ChannelGroup {
  name: string
  /** Convolutions and dense layers whose outputs these are, in order. */
  producers: readonly string[]
  /** So many can be kept or removed; each may be several channels of a layer. */
  size: number
}

/** A channel by its group and its place there; null: of the image, or of the network's output. Neither can go. */
export interface ChannelRef {
  group: string
  index: number
}

export interface ChannelGroups {
  /** In the order of their first layers. */
  groups: readonly ChannelGroup[]
  /** What each output channel of a layer is. */
  channelsOf(layer: string): readonly (ChannelRef | null)[]
}

const known = new WeakMap<Network, ChannelGroups>()

/** The groups of a network, found once for each. O(layers × channels). */
export function channelGroups(network: Network): ChannelGroups {
  const found = known.get(network) ?? findGroups(network)
  known.set(network, found)
  return found
}

function findGroups(network: Network): ChannelGroups {
  const ties = new Ties()
  const shapes = inferShapes(network)
  const ids = new Map<string, readonly number[]>()
  /** Channels (ids) of a layer's output that are not 0 where they are masked. */
  const lifted = new Map<string, ReadonlySet<number>>()
  const bound = new Set<number>()
  /** Channels that are picked out of others: each such part keeps one at least, so it is a group of its own. */
  const parts = new Map<string, readonly number[]>()
  const producers = new Map<number, { layer: string; channel: number }>()
  const fresh = (layer: string, count: number): number[] =>
    Array.from({ length: count }, (_, channel) => {
      const id = ties.add()
      producers.set(id, { layer, channel })
      return id
    })

  for (const layer of network.layers) {
    const inputs = layer.inputs.map((name) => ids.get(name)!)
    ids.set(layer.name, outputIds(layer, inputs))
    const before = layer.inputs.map((name) => lifted.get(name)!)
    if (layer.op === 'conv' || layer.op === 'dense') for (const id of before[0]!) bound.add(id)
    lifted.set(layer.name, liftedBy(layer, before, ids.get(layer.name)!, inputs))
  }

  function outputIds(layer: Layer, inputs: (readonly number[])[]): readonly number[] {
    switch (layer.op) {
      case 'input':
        return Array.from({ length: layer.channels }, () => ties.add())
      case 'conv':
        return inBlocks(fresh(layer.name, layer.filters), inputs[0]!, layer.groups ?? 1)
      case 'dense':
        return fresh(layer.name, layer.outputs)
      case 'transposed':
        return fresh(layer.name, layer.filters)
      case 'condition':
        return [...inputs[0]!, ties.add()]
      case 'add':
      case 'multiply':
        for (const other of inputs.slice(1)) {
          for (const [channel, id] of other.entries()) ties.join(inputs[0]![channel]!, id)
        }
        return inputs[0]!
      case 'concat':
        return inputs.flat()
      case 'select': {
        const chosen = layer.channels.map((channel) => inputs[0]![channel]!)
        if (chosen.length < inputs[0]!.length) parts.set(layer.name, chosen)
        return chosen
      }
      case 'flatten': {
        const { height, width } = shapes.get(layer.inputs[0]!)!
        return inputs[0]!.flatMap((id) => Array.from({ length: height * width }, () => id))
      }
      default:
        return inputs[0]!
    }
  }

  /** The channels of each block of a convolution in groups, read and made, go together. */
  function inBlocks(made: readonly number[], read: readonly number[], groups: number): readonly number[] {
    if (groups === 1) return made
    for (const channels of [read, made]) {
      const size = channels.length / groups
      for (const [channel, id] of channels.entries())
        ties.join(read[(read.length / groups) * Math.floor(channel / size)]!, id)
    }
    return made
  }

  const fixed = new Set(
    [...bound, ...[network.layers[0]!, network.layers.at(-1)!].flatMap(({ name }) => ids.get(name)!)].map(ties.root),
  )
  /** Tied producers of every class of channels; classes with equal producers form one group. */
  const classes = new Map<number, string[]>()
  for (const [id, { layer }] of producers) {
    const root = ties.root(id)
    if (fixed.has(root)) continue
    const layers = classes.get(root) ?? []
    if (!layers.includes(layer)) layers.push(layer)
    classes.set(root, layers)
  }
  const partsOf = new Map<number, Set<string>>()
  for (const [part, chosen] of parts) {
    for (const root of chosen.map(ties.root)) partsOf.set(root, (partsOf.get(root) ?? new Set()).add(part))
  }
  const groups = new Map<string, { name: string; producers: string[]; size: number }>()
  const refs = new Map<number, ChannelRef>()
  const taken = new Set<string>()
  for (const [root, layers] of classes) {
    const key = [...layers, '', ...(partsOf.get(root) ?? [])].join('\n')
    let group = groups.get(key)
    if (!group) {
      // Two groups of one layer (a concatenation that is added to parts): the later one is numbered.
      let name = layers[0]!
      for (let number = 2; taken.has(name); number++) name = `${layers[0]}#${number}`
      taken.add(name)
      group = { name, producers: layers, size: 0 }
      groups.set(key, group)
    }
    refs.set(root, { group: group.name, index: group.size })
    group.size += 1
  }
  return {
    groups: [...groups.values()],
    channelsOf: (layer) => ids.get(layer)!.map((id) => refs.get(ties.root(id)) ?? null),
  }
}

const halving: ReadonlySet<string> = new Set(['sigmoid', 'hardsigmoid'])

/** Which channels of a layer's output are not 0 where the channel is masked; `before`: the same of its inputs. */
function liftedBy(
  layer: Layer,
  before: readonly ReadonlySet<number>[],
  made: readonly number[],
  inputs: readonly (readonly number[])[],
): ReadonlySet<number> {
  switch (layer.op) {
    case 'activation':
      return halving.has(layer.kind) ? new Set(made) : before[0]!
    case 'multiply': {
      // By position: the two name the same channel differently.
      const [a, b] = inputs as [readonly number[], readonly number[]]
      return new Set(made.filter((_, channel) => before[0]!.has(a[channel]!) && before[1]!.has(b[channel]!)))
    }
    case 'add': {
      const high = (_: number, channel: number): boolean =>
        inputs.some((ids, index) => before[index]!.has(ids[channel]!))
      return new Set(made.filter(high))
    }
    // Masks set their weights to 0 as well.
    case 'conv':
    case 'dense':
    case 'depthwise':
    case 'batchnorm':
    case 'input':
      return new Set()
    default:
      return new Set(before.flatMap((one) => [...one]))
  }
}

/** Union-find: the first of what is tied stands for all. */
class Ties {
  readonly #parent: number[] = []

  add(): number {
    this.#parent.push(this.#parent.length)
    return this.#parent.length - 1
  }

  readonly root = (id: number): number => {
    let at = id
    while (this.#parent[at] !== at) {
      this.#parent[at] = this.#parent[this.#parent[at]!]!
      at = this.#parent[at]!
    }
    return at
  }

  join(a: number, b: number): void {
    const [low, high] = [this.root(a), this.root(b)].sort((x, y) => x - y) as [number, number]
    this.#parent[high] = low
  }
}

/**
 * Where the channels of a group are read: the tensors after normalisation, addition and non-linearity at every member
 * and every depthwise convolution in between, in order. Masks and activation criteria act here.
 */
export function activationsOf(network: Network, { channelsOf }: ChannelGroups, group: string): string[] {
  const carries = (layer: string): boolean => channelsOf(layer).some((channel) => channel?.group === group)
  const sites = network.layers
    .filter(({ op, name }) => (op === 'conv' || op === 'dense' || op === 'depthwise') && carries(name))
    .map(({ name }) => siteAfter(network, name))
  return [...new Set(sites)]
}

const following: ReadonlySet<Layer['op']> = new Set<Layer['op']>([
  ...(['batchnorm', 'relu', 'activation', 'add', 'multiply'] as const),
])

/** The last tensor that only normalisation, additions and activations have touched since `layer`. */
function siteAfter(network: Network, layer: string): string {
  const next = consumersOf(network, layer)
  const [only] = next
  return next.length === 1 && following.has(only!.op) ? siteAfter(network, only!.name) : layer
}

/** The group whose channels cross behind a layer; undefined where they are of several groups, of the image or the output. */
export function groupAt({ channelsOf }: ChannelGroups, layer: string): string | undefined {
  const names = new Set(channelsOf(layer).map((channel) => channel?.group))
  return names.size === 1 ? [...names][0] : undefined
}

/** MACs that the network loses with one channel of each group: in the layers that make it and in those that read it. */
export function macsPerChannel(network: Network, { groups, channelsOf }: ChannelGroups): Map<string, number> {
  const shapes = inferShapes(network)
  const lost = new Map(groups.map(({ name }) => [name, 0]))
  const share = (layer: string): Map<string, number> => {
    const found = new Map<string, number>()
    for (const channel of channelsOf(layer)) {
      if (channel?.index === 0) found.set(channel.group, (found.get(channel.group) ?? 0) + 1)
    }
    return found
  }
  for (const layer of network.layers) {
    if (layer.op !== 'conv' && layer.op !== 'dense' && layer.op !== 'depthwise') continue
    const input = layer.inputs[0]!
    const output = shapes.get(layer.name)!
    const area = macsOfOnePair(layer, output)
    const made = share(layer.name)
    // A block of a convolution in groups reads itself, as a depthwise channel does.
    const apart = layer.op === 'depthwise' || (layer.op === 'conv' && (layer.groups ?? 1) > 1)
    const read = apart ? new Map<string, number>() : share(input)
    const inputs = layer.op === 'dense' ? channelsOf(input).length : channelsPerFilter(layer, shapes.get(input)!)
    const outputs = output.channels
    for (const group of new Set([...made.keys(), ...read.keys()])) {
      const [a, b] = [made.get(group) ?? 0, read.get(group) ?? 0]
      if (lost.has(group)) lost.set(group, lost.get(group)! + area * (a * inputs + b * outputs - a * b))
    }
  }
  return lost
}

/** MACs of one output channel over one input channel. */
function macsOfOnePair(layer: Layer, { height, width }: { height: number; width: number }): number {
  if (layer.op !== 'conv' && layer.op !== 'depthwise') return 1
  const [rows, columns] = typeof layer.kernel === 'number' ? [layer.kernel, layer.kernel] : layer.kernel
  return height * width * rows * columns
}
