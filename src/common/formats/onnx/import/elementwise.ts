import { bnEpsilon } from '../../../network/graph.ts'
import { activationTranslations, hardSigmoidOf, productOfMaps } from './activations.ts'
import type { Site, Translation } from './site.ts'
import type { ConstantValue, MapValue } from './value.ts'
import { sameAxes, unsupported } from './value.ts'

/**
 * A constant that is combined with a map, one number per channel. Throws where it varies along anything else. A map that
 * was flattened becomes a vector first.
 */
function perChannel(site: Site, value: MapValue, constant: ConstantValue): { value: MapValue; numbers: Float64Array } {
  const { shape, data } = constant
  const offset = value.axes.length - shape.length
  const varying = shape.flatMap((extent, axis) => (extent === 1 ? [] : [axis + offset]))
  if (varying.length === 0 && shape.every((extent) => extent === 1) && offset >= 0) {
    const { channels } = site.assembly.shape(value.layer)
    return { value, numbers: new Float64Array(channels).fill(data[0]!) }
  }
  const [axis, ...more] = varying
  const along = axis === undefined ? undefined : value.axes[axis]
  if (offset < 0 || more.length > 0 || !along) throw unsupported('its constant is not one number per channel')
  const target = along.join('') === 'C' ? value : site.flatten(value)
  if (target.axes[axis!]?.join('') !== 'C' || site.assembly.shape(target.layer).channels !== data.length) {
    throw unsupported('its constant is not one number per channel')
  }
  return { value: target, numbers: Float64Array.from(data) }
}

type Combine = (number: number, affine: { scale: number; shift: number }) => { scale: number; shift: number }

/** A map and a constant: x·scale + shift, kept with the value until something needs the result. */
function withConstant(site: Site, map: MapValue, constant: ConstantValue, combine: Combine): MapValue {
  const { value, numbers } = perChannel(site, map, constant)
  const scale = new Float64Array(numbers.length)
  const shift = new Float64Array(numbers.length)
  numbers.forEach((number, channel) => {
    const before = { scale: value.affine?.scale[channel] ?? 1, shift: value.affine?.shift[channel] ?? 0 }
    const after = combine(number, before)
    scale[channel] = after.scale
    shift[channel] = after.shift
  })
  if (![...scale, ...shift].every(Number.isFinite)) throw unsupported('its constant is not finite')
  if (value.padding && shift.some((one) => one !== 0)) throw unsupported('it moves the zeros around its input')
  const layer = site.assembly.layer(value.layer)
  const hasWeights = layer.op === 'conv' || layer.op === 'depthwise' || layer.op === 'dense'
  if (hasWeights && !value.affine && !value.padding && site.isOwn(layer)) {
    site.assembly.scaleOutputs(layer.name, scale, shift)
    return value
  }
  return { ...value, affine: { scale, shift } }
}

/** The map and the constant of an operator of two inputs; `first`: whether the map comes first. */
function pick(site: Site): { map: MapValue; constant: ConstantValue; first: boolean } | undefined {
  const [a, b] = [site.input(0), site.input(1)]
  if (a?.kind === 'map' && b?.kind === 'constant') return { map: a, constant: b, first: true }
  if (a?.kind === 'constant' && b?.kind === 'map') return { map: b, constant: a, first: false }
  return undefined
}

const sum: Translation = (site) => {
  const pair = site.node.inputs.length === 2 ? pick(site) : undefined
  if (pair) return withConstant(site, pair.map, pair.constant, (c, { scale, shift }) => ({ scale, shift: shift + c }))
  let maps = site.node.inputs.map((_, index) => site.settle(site.map(index)))
  const flat = maps.filter(({ layer }) => site.assembly.isFlat(layer)).length
  if (flat > 0 && flat < maps.length) maps = maps.map((one) => site.flatten(one))
  const [first, ...others] = maps as [MapValue, ...MapValue[]]
  if (others.length === 0) return first
  const text = ({ layer }: MapValue): string => Object.values(site.assembly.shape(layer)).join('×')
  for (const other of others) {
    if (!sameAxes(first.axes, other.axes) || text(first) !== text(other)) {
      throw unsupported(`it adds maps of ${text(first)} and ${text(other)}, which do not lie alike`)
    }
  }
  const layers = maps.map(({ layer }) => layer)
  if (new Set(layers).size < layers.length) throw unsupported('it adds a map to itself')
  return { ...first, layer: site.assembly.add(site.nameFor(), { op: 'add' }, layers) }
}

const difference: Translation = (site) => {
  const pair = pick(site)
  if (!pair) throw unsupported('it subtracts one map from another')
  const { map, constant, first } = pair
  return withConstant(site, map, constant, (c, { scale, shift }) =>
    first ? { scale, shift: shift - c } : { scale: -scale, shift: c - shift },
  )
}

const multiplied: Translation = (site) => {
  const pair = pick(site)
  if (!pair) return productOfMaps(site)
  const { map, constant } = pair
  return (
    hardSigmoidOf(site, map, constant, false) ??
    withConstant(site, map, constant, (c, { scale, shift }) => ({ scale: scale * c, shift: shift * c }))
  )
}

const divided: Translation = (site) => {
  const pair = pick(site)
  if (!pair?.first) throw unsupported('it divides by a map')
  const { map, constant } = pair
  return (
    hardSigmoidOf(site, map, constant, true) ??
    withConstant(site, map, constant, (c, { scale, shift }) => ({ scale: scale / c, shift: shift / c }))
  )
}

/** Zeros stay zeros, so padding may still lie around. */
function rectified(site: Site, index: number, max?: 6): MapValue {
  const value = site.settle(site.map(index, { padded: true }))
  const layer = { op: 'relu' as const, ...(max === undefined ? {} : { max }) }
  return { ...value, layer: site.assembly.add(site.nameFor(), layer, [value.layer]) }
}

/** Clip to 0…6 or 0…∞: attributes up to opset 10, inputs later. */
const clip: Translation = (site) => {
  const bound = (index: number, name: string): number | undefined => {
    const read = site.node.inputs[index] ? site.constant(index)?.data[0] : undefined
    return read ?? site.node.attributes.get(name)?.float
  }
  const [low, high] = [bound(1, 'min'), bound(2, 'max')]
  const isOpen = high === undefined || high >= 3e38
  if ((low === undefined || low <= -3e38) && isOpen) return site.map(0, { padded: true })
  if (low === 0 && isOpen) return rectified(site, 0)
  if (low === 0 && high === 6) return rectified(site, 0, 6)
  throw unsupported(`it clips to ${low ?? '−∞'}…${high ?? '∞'} (known are 0…6 and 0…∞)`)
}

const isNumber = (constant: ConstantValue, number: number): boolean =>
  constant.data.length > 0 && constant.data.every((value) => value === number)

/** max(x, 0) is a ReLU, and min(ReLU(x), 6) a ReLU6. */
const largest: Translation = (site) => {
  const pair = pick(site)
  if (!pair || !isNumber(pair.constant, 0)) throw unsupported('it is not max(x, 0)')
  return rectified(site, pair.first ? 0 : 1)
}

const smallest: Translation = (site) => {
  const pair = pick(site)
  if (!pair || !isNumber(pair.constant, 6) || pair.map.affine || site.assembly.layer(pair.map.layer).op !== 'relu') {
    throw unsupported('it is not min(ReLU(x), 6)')
  }
  return rectified(site, pair.first ? 0 : 1, 6)
}

/** Its ε becomes ours: γ/√(σ² + ε) = γ'/√(σ² + 1e-5). */
const batchNormalisation: Translation = (site) => {
  const { node } = site
  if (node.attributes.get('training_mode')?.integer === 1) throw unsupported('it was exported in training mode')
  if (node.attributes.get('spatial')?.integer === 0) throw unsupported('it has constants for every pixel')
  const tensors = [1, 2, 3, 4].map((index) => site.constant(index)?.data)
  const [scale, shift, mean, variance] = tensors
  if (!scale || !shift || !mean || !variance) throw unsupported('its numbers are not constants of the file')
  const given = site.map(0)
  const value = site.settle(given.axes[1]?.join('') === 'C' ? given : site.flatten(given))
  if (value.axes[1]?.join('') !== 'C') throw unsupported('its input does not lie as [N, C, …]')
  const epsilon = node.attributes.get('epsilon')?.float ?? 1e-5
  const isOurs = Math.fround(epsilon) === Math.fround(bnEpsilon)
  const factor = (channel: number): number =>
    isOurs ? 1 : Math.sqrt((variance[channel]! + bnEpsilon) / (variance[channel]! + epsilon))
  const layer = site.assembly.add(site.nameFor(1), { op: 'batchnorm' }, [value.layer], {
    weight: Float32Array.from(scale, (gamma, channel) => gamma * factor(channel)),
    bias: Float32Array.from(shift),
    running_mean: Float32Array.from(mean),
    running_var: Float32Array.from(variance),
  })
  return { ...value, layer }
}

export const elementwiseTranslations: Readonly<Record<string, Translation>> = {
  Add: sum,
  Sum: sum,
  Sub: difference,
  Mul: multiplied,
  Div: divided,
  Relu: (site) => rectified(site, 0),
  Clip: clip,
  Max: largest,
  Min: smallest,
  BatchNormalization: batchNormalisation,
  ...activationTranslations,
}
