import type { Pair, Sides } from '../../../network/window.ts'
import { spreadWindow } from '../../../network/window.ts'
import type { OnnxNode } from '../model.ts'
import type { NewLayer } from './assembly.ts'
import type { Site, Translation } from './site.ts'
import type { MapValue } from './value.ts'
import { isChannelsFirst, mapAxes, product, unsupported } from './value.ts'

const none: Sides = [0, 0, 0, 0]

/** A map that a window can slide over, [N, C, H, W]. */
function windowInput(site: Site): MapValue {
  const value = site.settle(site.map(0, { padded: true }))
  if (!isChannelsFirst(value.axes)) throw unsupported('its input does not lie as [N, C, H, W]')
  if (site.assembly.isFlat(value.layer)) throw unsupported('it slides over the output of a dense layer')
  return value
}

const pairOf = (values: readonly number[] | undefined, otherwise: number, what: string): Pair => {
  if (!values || values.length === 0) return [otherwise, otherwise]
  const [rows, columns] = values
  if (values.length !== 2) throw unsupported(`its ${what} has ${values.length} numbers: only images have layers here`)
  if (!(rows! >= 1 && columns! >= 1)) throw unsupported(`its ${what} is [${values.join(', ')}]`)
  return [rows!, columns!]
}

const integersOf = ({ attributes }: OnnxNode, name: string): readonly number[] | undefined =>
  attributes.get(name)?.integers

interface Slide {
  kernel: Pair
  dilation: Pair
  stride: Pair
  padding: Sides
  /** Zeros of a Pad before it are among the padding. */
  ownPadding: Sides
}

/** Kernel, stride and padding of a node in numbers, whatever way the file says them. */
function slideOf(site: Site, value: MapValue, kernel: Pair): Slide {
  const { node } = site
  const stride = pairOf(integersOf(node, 'strides'), 1, 'stride')
  const given = pairOf(integersOf(node, 'dilations'), 1, 'dilation')
  // A kernel of one element has no gaps.
  const dilation: Pair = [kernel[0] === 1 ? 1 : given[0], kernel[1] === 1 ? 1 : given[1]]
  const { kernel: covered } = spreadWindow({ kernel, stride, padding: none, dilation })
  const before = value.padding ?? none
  const shape = site.assembly.shape(value.layer)
  const extents = [shape.height + before[0] + before[2], shape.width + before[1] + before[3]]
  const own = ownPadding(node, extents, covered, stride)
  if (node.attributes.get('ceil_mode')?.integer === 1) {
    for (const axis of [0, 1] as const) {
      // The last window that begins inside, not in the padding behind the map.
      const room = extents[axis]! + own[axis] + own[axis + 2]! - covered[axis]
      let windows = Math.ceil(room / stride[axis]) + 1
      if ((windows - 1) * stride[axis] >= extents[axis]! + own[axis]) windows -= 1
      own[axis + 2] = own[axis + 2]! + Math.max(0, (windows - 1) * stride[axis] - room)
    }
  }
  return {
    kernel,
    dilation,
    stride,
    padding: own.map((count, side) => count + before[side]!) as unknown as Sides,
    ownPadding: own,
  }
}

function ownPadding(node: OnnxNode, extents: number[], kernel: Pair, stride: Pair): [number, number, number, number] {
  const mode = node.attributes.get('auto_pad')?.text ?? 'NOTSET'
  if (mode === 'NOTSET' || mode === '') {
    const pads = integersOf(node, 'pads') ?? none
    if (pads.length === 0) return [0, 0, 0, 0]
    if (pads.length !== 4 || pads.some((count) => count < 0)) throw unsupported(`its padding is [${pads.join(', ')}]`)
    return [...pads] as [number, number, number, number]
  }
  if (mode === 'VALID') return [0, 0, 0, 0]
  if (mode !== 'SAME_UPPER' && mode !== 'SAME_LOWER') throw unsupported(`its padding is "${mode}"`)
  const sides: [number, number, number, number] = [0, 0, 0, 0]
  for (const axis of [0, 1] as const) {
    const windows = Math.ceil(extents[axis]! / stride[axis])
    const total = Math.max(0, (windows - 1) * stride[axis] + kernel[axis] - extents[axis]!)
    const less = Math.floor(total / 2)
    sides[axis] = mode === 'SAME_UPPER' ? less : total - less
    sides[axis + 2] = total - sides[axis]
  }
  return sides
}

const isZero = (sides: Sides): boolean => sides.every((count) => count === 0)

/** As our files say it: one number where one is enough, nothing where there is no padding. */
function written({ kernel, stride, padding, dilation }: Slide) {
  const single = (pair: Pair): number | Pair => (pair[0] === pair[1] ? pair[0] : pair)
  return {
    kernel: single(kernel),
    stride: single(stride),
    ...(isZero(padding) ? {} : { padding: padding.every((count) => count === padding[0]) ? padding[0] : padding }),
    ...(dilation.every((step) => step === 1) ? {} : { dilation: single(dilation) }),
  }
}

function place(site: Site, wanted: string, layer: NewLayer, from: string, tensors = {}): MapValue {
  const name = site.assembly.add(wanted, layer, [from], tensors)
  return { kind: 'map', layer: name, axes: mapAxes(site.assembly.shape(name)) }
}

const conv: Translation = (site) => {
  const weight = site.constant(1)
  if (!weight) throw unsupported('its filters are not constants of the file')
  if (weight.shape.length !== 4)
    throw unsupported(`its filters are [${weight.shape.join(', ')}]: not of two dimensions`)
  const value = windowInput(site)
  const [filters, perGroup, rows, columns] = weight.shape as [number, number, number, number]
  const { channels } = site.assembly.shape(value.layer)
  const groups = site.node.attributes.get('group')?.integer ?? 1
  const bias = site.constant(2)
  const window = written(slideOf(site, value, [rows, columns]))
  if (channels !== perGroup * groups) {
    const each = groups === 1 ? '' : ` in each of ${groups} groups`
    throw unsupported(`its filters read ${perGroup} channels${each}, and there are ${channels}`)
  }
  const tensors = { weight: Float32Array.from(weight.data), ...(bias ? { bias: Float32Array.from(bias.data) } : {}) }
  const wanted = site.nameFor(1)
  // With one channel the two are one.
  if (groups === 1) {
    return place(site, wanted, { op: 'conv', filters, ...window, bias: bias !== undefined }, value.layer, tensors)
  }
  if (groups === channels && filters === channels) {
    return place(site, wanted, { op: 'depthwise', ...window, bias: bias !== undefined }, value.layer, tensors)
  }
  return place(site, wanted, { op: 'conv', filters, groups, ...window, bias: bias !== undefined }, value.layer, tensors)
}

/** A pool's kernel has no gaps here. */
function poolSlide(site: Site, value: MapValue): Slide {
  const slide = slideOf(site, value, pairOf(integersOf(site.node, 'kernel_shape'), 1, 'kernel'))
  if (slide.dilation.some((step) => step !== 1)) throw unsupported(`it is dilated by [${slide.dilation.join(', ')}]`)
  return slide
}

const maxPool: Translation = (site) => {
  const value = windowInput(site)
  const slide = poolSlide(site, value)
  if (value.padding) {
    // Zeros of a Pad count in the maximum: as ours, which counts nothing there, only where nothing is below zero.
    const inside = slide.padding.every((count, side) => count < slide.kernel[side % 2]!)
    const isRelu = site.assembly.layer(value.layer).op === 'relu'
    if (!isRelu || !inside) throw unsupported('zeros were put around its input, which may be negative')
  }
  return place(site, site.nameFor(), { op: 'maxpool', ...written(slide) }, value.layer)
}

const averagePool: Translation = (site) => {
  const value = windowInput(site)
  const slide = poolSlide(site, value)
  const counts = site.node.attributes.get('count_include_pad')?.integer === 1
  const isCeiled = site.node.attributes.get('ceil_mode')?.integer === 1
  if (!isZero(slide.ownPadding) && (!counts || isCeiled)) {
    throw unsupported('it leaves its padding out of the mean (count_include_pad 0, or ceil_mode)')
  }
  return place(site, site.nameFor(), { op: 'avgpool', ...written(slide) }, value.layer)
}

const globalAveragePool: Translation = (site) => {
  const value = windowInput(site)
  if (value.padding) throw unsupported('zeros were put around its input')
  return place(site, site.nameFor(), { op: 'adaptivepool', height: 1, width: 1 }, value.layer)
}

const globalMaxPool: Translation = (site) => {
  const value = windowInput(site)
  if (value.padding) throw unsupported('zeros were put around its input')
  const { height, width } = site.assembly.shape(value.layer)
  const slide: Slide = { kernel: [height, width], dilation: [1, 1], stride: [1, 1], padding: none, ownPadding: none }
  return place(site, site.nameFor(), { op: 'maxpool', ...written(slide) }, value.layer)
}

/** Zeros around a map: the next convolution or pool takes them over. */
const pad: Translation = (site) => {
  const { node } = site
  const mode = node.attributes.get('mode')?.text ?? 'constant'
  const fill = site.constant(2)?.data[0] ?? node.attributes.get('value')?.float ?? 0
  const value = site.settle(site.map(0, { padded: true }))
  const pads = site.constant(1)?.data ?? integersOf(node, 'pads')
  if (!pads) throw unsupported('its padding is not a constant')
  const axes = site.constant(3) ? [...site.constant(3)!.data] : [...value.axes.keys()]
  const padding: [number, number, number, number] = [...(value.padding ?? none)]
  for (const [index, axis] of axes.entries()) {
    const [before, after] = [pads[index]!, pads[index + axes.length]!]
    if (before === 0 && after === 0) continue
    const along = value.axes[axis < 0 ? axis + value.axes.length : axis]?.join('')
    if (along !== 'H' && along !== 'W') throw unsupported('it does not pad rows and columns of a map')
    if (mode !== 'constant' || fill !== 0)
      throw unsupported(`it pads with something else than zeros (${mode}, ${fill})`)
    if (before < 0 || after < 0) throw unsupported('it cuts a map')
    const side = along === 'H' ? 0 : 1
    padding[side] += before
    padding[side + 2] = padding[side + 2]! + after
  }
  return isZero(padding) ? value : { ...value, padding }
}

/** The mean over rows and columns, however they lie. */
const reduceMean: Translation = (site) => {
  const value = site.settle(site.map(0))
  const { node } = site
  const given = site.constant(1) ? [...site.constant(1)!.data] : [...(integersOf(node, 'axes') ?? [])]
  const gone = given.map((axis) => (axis < 0 ? axis + value.axes.length : axis))
  const along = gone.flatMap((axis) => value.axes[axis] ?? ['N']).join('')
  const { height, width } = site.assembly.shape(value.layer)
  const all = `${height === 1 ? '' : 'H'}${width === 1 ? '' : 'W'}`
  const sorted = [...along].sort().join('')
  if (given.length === 0 || sorted !== all) throw unsupported('it is not the mean over all rows and columns')
  if (product([height, width]) > 1 && site.assembly.isFlat(value.layer)) throw unsupported('its input is no map')
  const name = site.assembly.add(site.nameFor(), { op: 'adaptivepool', height: 1, width: 1 }, [value.layer])
  const keeps = node.attributes.get('keepdims')?.integer !== 0
  const axes = value.axes.map((factors, axis) => (gone.includes(axis) ? [] : factors))
  return { kind: 'map', layer: name, axes: keeps ? axes : axes.filter((_, axis) => !gone.includes(axis)) }
}

export const windowTranslations: Readonly<Record<string, Translation>> = {
  Conv: conv,
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: globalAveragePool,
  GlobalMaxPool: globalMaxPool,
  ReduceMean: reduceMean,
  Pad: pad,
}
