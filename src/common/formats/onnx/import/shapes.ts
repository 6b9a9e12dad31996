import { isFloatType } from '../tensor.ts'
import { axesOf, fromEnd, resolveTarget, unsqueezed, wholeNumbers } from './constants.ts'
import type { Site, Translation } from './site.ts'
import type { Axes, Extents, MapValue, Value } from './value.ts'
import { dimensions, product, reshaped, unsupported } from './value.ts'

/** Operators that move numbers about: they have no layer, `axes` keeps track. */
const extentsOf = ({ assembly }: Site, { layer, blocks }: MapValue): Extents => ({ ...assembly.shape(layer), blocks })

const dimensionsOf = (site: Site, value: MapValue): number[] =>
  dimensions(value.axes, extentsOf(site, value), site.batch)

const toShape = (site: Site, value: MapValue, target: readonly number[]): MapValue =>
  inBlocks(site, value, target) ??
  asChannels(site, { ...value, axes: reshaped(value.axes, target, extentsOf(site, value), site.batch) })

/** [N, C, …] to [N, G, K, …]: the channels are taken apart; undefined where the target is another. */
function inBlocks(site: Site, value: MapValue, target: readonly number[]): MapValue | undefined {
  const at = value.axes.findIndex((factors) => factors.join('') === 'C')
  if (at < 0 || target.length !== value.axes.length + 1) return undefined
  const [blocks, channels] = [target[at]!, target[at + 1]!]
  const before = dimensionsOf(site, value)
  const rest = [...target.slice(0, at), ...target.slice(at + 2)]
  const others = before.filter((_, axis) => axis !== at)
  if (blocks * channels !== before[at] || rest.some((extent, axis) => extent !== others[axis])) return undefined
  // One channel more or less in front is no block.
  if (blocks === 1 || channels === 1) return undefined
  return { ...value, axes: value.axes.toSpliced(at, 1, ['G'], ['K']), blocks: [blocks, channels] }
}

/** Blocks that lie behind one another again are the channels; those whose order has changed are chosen in it. */
function asChannels(site: Site, value: MapValue): MapValue {
  const { blocks, ...plain } = value
  if (!blocks) return value
  const at = value.axes.findIndex((factors) => factors.length === 2 && ['GK', 'KG'].includes(factors.join('')))
  if (at < 0) return value
  const axes = value.axes.toSpliced(at, 1, ['C'])
  if (value.axes[at]!.join('') === 'GK') return { ...plain, axes }
  const [count, size] = blocks
  const order = Array.from({ length: count * size }, (_, place) => (place % count) * size + Math.floor(place / count))
  return { ...selected(site, plain, order), axes }
}

/** Some of a map's channels. */
function selected(site: Site, map: MapValue, channels: readonly number[]): MapValue {
  const value = site.settle(map)
  return { ...value, layer: site.assembly.add(site.nameFor(), { op: 'select', channels }, [value.layer]) }
}

/** A map whose `axis` runs along its channels; throws where it does not. */
function alongChannels(site: Site, axis: number): MapValue {
  const value = site.map(0)
  if (value.axes[fromEnd(axis, value.axes.length)]?.join('') !== 'C') {
    throw unsupported('it cuts a map along something else than its channels')
  }
  return value
}

const range = (first: number, count: number): number[] => Array.from({ length: count }, (_, at) => first + at)

const gather: Translation = (site) => {
  const value = alongChannels(site, site.node.attributes.get('axis')?.integer ?? 0)
  const indices = site.constant(1)
  if (indices?.shape.length !== 1) throw unsupported('its indices are no constant list')
  const { channels } = site.assembly.shape(value.layer)
  return selected(
    site,
    value,
    Array.from(indices.data, (one) => fromEnd(one, channels)),
  )
}

const slice: Translation = (site) => {
  const list = (index: number, name: string): readonly number[] | undefined =>
    site.constant(index) ? [...site.constant(index)!.data] : site.node.attributes.get(name)?.integers
  const [starts, ends, axes = [0], steps = [1]] = [list(1, 'starts'), list(2, 'ends'), list(3, 'axes'), list(4, '')]
  if (starts?.length !== 1 || ends?.length !== 1 || axes.length !== 1 || steps[0] !== 1) {
    throw unsupported('it cuts a map in more ways than by a range of channels')
  }
  const value = alongChannels(site, axes[0]!)
  const { channels } = site.assembly.shape(value.layer)
  const bounded = (at: number): number => Math.min(channels, Math.max(0, fromEnd(at, channels)))
  const [first, end] = [bounded(starts[0]!), bounded(ends[0]!)]
  if (end <= first) throw unsupported('it leaves nothing of a map')
  return first === 0 && end === channels ? value : selected(site, value, range(first, end - first))
}

const split: Translation = (site) => {
  const { attributes, outputs } = site.node
  const value = alongChannels(site, attributes.get('axis')?.integer ?? 0)
  const { channels } = site.assembly.shape(value.layer)
  const given = site.constant(1) ? [...site.constant(1)!.data] : attributes.get('split')?.integers
  const total = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0)
  const each = Math.ceil(channels / outputs.length)
  const sizes = given ?? outputs.map((_, index) => Math.min(each, channels - index * each))
  if (sizes.length !== outputs.length || sizes.some((size) => !(size >= 1)) || total(sizes) !== channels) {
    throw unsupported(`it cuts ${channels} channels into [${sizes.join(', ')}]`)
  }
  return sizes.map((size, index) => {
    return selected(site, value, range(total(sizes.slice(0, index)), size))
  })
}

const unchanged: Translation = (site) => site.map(0, { padded: true })

const cast: Translation = (site) => {
  if (!isFloatType(site.node.attributes.get('to')?.integer ?? 0)) throw unsupported('it makes whole numbers of a map')
  return unchanged(site)
}

const reshape: Translation = (site) => {
  const value = site.map(0)
  const target = site.constant(1)?.data ?? site.node.attributes.get('shape')?.integers
  if (!target) throw unsupported('its target is not a constant')
  return toShape(site, value, resolveTarget(target, dimensionsOf(site, value), site.node))
}

const flatten: Translation = (site) => {
  const value = site.map(0)
  const extents = dimensionsOf(site, value)
  const axis = fromEnd(site.node.attributes.get('axis')?.integer ?? 1, extents.length)
  return toShape(site, value, [product(extents.slice(0, axis)), product(extents.slice(axis))])
}

const squeeze: Translation = (site) => {
  const value = site.map(0)
  const given = axesOf(site.node, site.constant(1))?.map((axis) => fromEnd(axis, value.axes.length))
  const extents = dimensionsOf(site, value)
  // Without axes everything of extent 1 goes; a batch that happens to be one is meant to stay.
  const gone = given ?? [...extents.keys()].filter((axis) => axis > 0 && extents[axis] === 1)
  if (gone.some((axis) => value.axes[axis]?.length !== 0)) throw unsupported('it takes away more than rows and columns')
  return { ...value, axes: value.axes.filter((_, axis) => !gone.includes(axis)) }
}

const unsqueeze: Translation = (site) => {
  const value = site.map(0)
  const axes = axesOf(site.node, site.constant(1))
  if (!axes) throw unsupported('its axes are not constants')
  return { ...value, axes: unsqueezed<Axes[number]>(value.axes, axes, []) }
}

const transpose: Translation = (site) => {
  const value = site.map(0, { padded: true })
  const order = site.node.attributes.get('perm')?.integers ?? [...value.axes.keys()].reverse()
  const axes = order.map((axis) => value.axes[axis])
  if (axes.length !== value.axes.length || axes.some((factors) => !factors)) {
    throw unsupported(`it turns ${value.axes.length} dimensions to [${order.join(', ')}]`)
  }
  return { ...value, axes: axes as Axes }
}

const concat: Translation = (site) => {
  let maps = site.node.inputs.map((_, index) => site.settle(site.map(index)))
  const axis = fromEnd(site.node.attributes.get('axis')?.integer ?? 1, maps[0]!.axes.length)
  if (maps.length === 1) return maps[0]!
  if (maps.some((one) => one.axes[axis]!.join('') !== 'C')) maps = maps.map((one) => site.flatten(one))
  const isJoinable = ({ axes }: MapValue): boolean =>
    axes.length === maps[0]!.axes.length && axes[axis]?.join('') === 'C'
  if (!maps.every(isJoinable)) throw unsupported('it does not join maps along their channels')
  const flat = maps.filter(({ layer }) => site.assembly.isFlat(layer)).length
  if (flat > 0 && flat < maps.length) throw unsupported('it joins maps and vectors')
  return {
    ...maps[0]!,
    layer: site.assembly.add(
      site.nameFor(),
      { op: 'concat' },
      maps.map(({ layer }) => layer),
    ),
  }
}

const shapeOf: Translation = (site): Value => {
  const extents = dimensionsOf(site, site.map(0))
  const { attributes } = site.node
  return wholeNumbers(extents.slice(attributes.get('start')?.integer ?? 0, attributes.get('end')?.integer))
}

/** At the end of a network it is left out: logits are what crosses. */
const softmax: Translation = (site) => {
  if (!site.isResult()) throw unsupported('it is not the last step of the network')
  const value = site.map(0)
  const last = site.opset >= 13 ? -1 : 1
  const axis = fromEnd(site.node.attributes.get('axis')?.integer ?? last, value.axes.length)
  if (value.axes[axis]?.join('') !== 'C') throw unsupported('it does not run over the classes')
  site.note(site.node.op)
  return value
}

export const shapeTranslations: Readonly<Record<string, Translation>> = {
  Identity: unchanged,
  Dropout: unchanged,
  Cast: cast,
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transpose,
  Concat: concat,
  Gather: gather,
  Slice: slice,
  Split: split,
  Shape: shapeOf,
  Size: (site) => wholeNumbers([product(dimensionsOf(site, site.map(0)))], []),
  Softmax: softmax,
  LogSoftmax: softmax,
}
