import type { ActivationKind } from '../../../network/graph.ts'
import type { Site, Translation } from './site.ts'
import type { ConstantValue, MapValue } from './value.ts'
import { sameAxes, unsupported } from './value.ts'

/**
 * Smooth non-linearities and products of maps. Exporters write SiLU as x·sigmoid(x), hard-sigmoid as ReLU6(x + 3)/6, and
 * hard-swish as x times either: what is one layer here is recognised from its last step.
 */
const activated =
  (kind: ActivationKind): Translation =>
  (site) =>
    activation(site, site.settle(site.map(0)), kind)

const activation = (site: Site, value: MapValue, kind: ActivationKind): MapValue => ({
  ...value,
  layer: site.assembly.add(site.nameFor(), { op: 'activation', kind }, [value.layer]),
})

const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-6 * Math.abs(b)

/** max(0, min(1, αx + β)): ours is that of α = 1/6 and β = ½, so x is scaled and moved before where they are others. */
const hardSigmoid: Translation = (site) => {
  const { attributes } = site.node
  const [alpha, beta] = [attributes.get('alpha')?.float ?? 0.2, attributes.get('beta')?.float ?? 0.5]
  if (!Number.isFinite(alpha) || !Number.isFinite(beta)) throw unsupported('its α or β is not finite')
  const value = site.settle(site.map(0))
  if (near(alpha, 1 / 6) && near(beta, 0.5)) return activation(site, value, 'hardsigmoid')
  const { channels } = site.assembly.shape(value.layer)
  const affine = {
    scale: new Float64Array(channels).fill(6 * alpha),
    shift: new Float64Array(channels).fill(6 * (beta - 0.5)),
  }
  const moved = { ...value, layer: site.assembly.addAffine(`${value.layer}.scale`, value.layer, affine) }
  return activation(site, moved, 'hardsigmoid')
}

const elu: Translation = (site) => {
  const alpha = site.node.attributes.get('alpha')?.float ?? 1
  if (alpha !== 1) throw unsupported(`its α is ${alpha} (known is 1)`)
  return activation(site, site.settle(site.map(0)), 'elu')
}

const swish: Translation = (site) => {
  const alpha = site.node.attributes.get('alpha')?.float ?? 1
  if (alpha !== 1) throw unsupported(`its α is ${alpha} (known is 1)`)
  return activation(site, site.settle(site.map(0)), 'silu')
}

/** The x of a value that is ReLU6(x + 3); undefined where it is something else. */
function raised(site: Site, { layer: name, affine }: MapValue): string | undefined {
  const layer = site.assembly.layer(name)
  if (affine || layer.op !== 'relu' || layer.max !== 6) return undefined
  const before = site.assembly.layer(layer.inputs[0]!)
  if (before.op !== 'batchnorm') return undefined
  const { scale, shift } = site.assembly.affineOf(before.name)
  const isRaise = scale.every((one) => near(one, 1)) && shift.every((one) => near(one, 3))
  return isRaise ? before.inputs[0]! : undefined
}

const isAll = ({ data }: ConstantValue, number: number): boolean =>
  data.length > 0 && data.every((one) => near(one, number))

/** ReLU6(x + 3) times 1/6, or (`divided`) through 6: the hard-sigmoid of x; undefined where it is something else. */
export function hardSigmoidOf(
  site: Site,
  value: MapValue,
  constant: ConstantValue,
  divided: boolean,
): MapValue | undefined {
  const from = isAll(constant, divided ? 6 : 1 / 6) ? raised(site, value) : undefined
  return from === undefined ? undefined : activation(site, { ...value, layer: from }, 'hardsigmoid')
}

/** What x times its own gate is: x·sigmoid(x), x·hard-sigmoid(x), x·ReLU6(x + 3) = 6·hard-swish(x). */
function swishOf(site: Site, x: MapValue, gate: MapValue): { kind: ActivationKind; factor: number } | undefined {
  if (gate.affine || !sameAxes(x.axes, gate.axes)) return undefined
  const layer = site.assembly.layer(gate.layer)
  if (layer.op === 'activation' && layer.inputs[0] === x.layer) {
    if (layer.kind === 'sigmoid') return { kind: 'silu', factor: 1 }
    if (layer.kind === 'hardsigmoid') return { kind: 'hardswish', factor: 1 }
  }
  return raised(site, gate) === x.layer ? { kind: 'hardswish', factor: 6 } : undefined
}

/** A product of maps that lie alike, or of one with a number per channel of the same image. */
export function productOfMaps(site: Site): MapValue {
  const [a, b] = [0, 1].map((index) => site.settle(site.map(index))) as [MapValue, MapValue]
  for (const [x, gate] of [
    [a, b],
    [b, a],
  ] as const) {
    const found = swishOf(site, x, gate)
    if (!found) continue
    const value = activation(site, x, found.kind)
    if (found.factor === 1) return value
    const { channels } = site.assembly.shape(value.layer)
    const scale = new Float64Array(channels).fill(found.factor)
    return { ...value, affine: { scale, shift: new Float64Array(channels) } }
  }
  if (a.layer === b.layer) throw unsupported('it squares a map')
  const textOf = ({ layer }: MapValue): string => {
    const { channels, height, width } = site.assembly.shape(layer)
    return `${channels}×${height}×${width}`
  }
  const isOne = (value: MapValue): boolean => textOf(value).endsWith('×1×1')
  const [map, factors] = isOne(a) && !isOne(b) ? [b, a] : [a, b]
  const single = isOne(factors)
  if (!(single || textOf(map) === textOf(factors)) || !multiplies(map, factors, single)) {
    throw unsupported(`it multiplies maps of ${textOf(a)} and ${textOf(b)}, which do not lie alike`)
  }
  return { ...map, layer: site.assembly.add(site.nameFor(), { op: 'multiply' }, [map.layer, factors.layer]) }
}

/** Whether the factors meet their channels and positions; `single`: there is one position, for all of the map's. */
function multiplies({ axes }: MapValue, factors: MapValue, single: boolean): boolean {
  if (factors.axes.length !== axes.length) return false
  return factors.axes.every((one, axis) => {
    const along = axes[axis]!.join('')
    return one.join('') === along || (single && one.length === 0 && (along === 'H' || along === 'W'))
  })
}

export const activationTranslations: Readonly<Record<string, Translation>> = {
  Sigmoid: activated('sigmoid'),
  Tanh: activated('tanh'),
  Elu: elu,
  HardSwish: activated('hardswish'),
  HardSigmoid: hardSigmoid,
  Swish: swish,
}
