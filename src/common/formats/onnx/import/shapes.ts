import { isFloatType } from '../tensor.ts'
import { axesOf, fromEnd, resolveTarget, unsqueezed, wholeNumbers } from './constants.ts'
import type { Site, Translation } from './site.ts'
import type { Axes, MapValue, Value } from './value.ts'
import { dimensions, product, reshaped, unsupported } from './value.ts'

/** Operators that move numbers about: they have no layer, `axes` keeps track. */
const dimensionsOf = ({ assembly, batch }: Site, { layer, axes }: MapValue): number[] =>
  dimensions(axes, assembly.shape(layer), batch)

const toShape = (site: Site, value: MapValue, target: readonly number[]): MapValue => ({
  ...value,
  axes: reshaped(value.axes, target, site.assembly.shape(value.layer), site.batch),
})

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
  Shape: shapeOf,
  Size: (site) => wholeNumbers([product(dimensionsOf(site, site.map(0)))], []),
  Softmax: softmax,
  LogSoftmax: softmax,
}
