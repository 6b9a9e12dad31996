import type { Site, Translation } from './site.ts'
import type { ConstantValue, Factor, MapValue } from './value.ts'
import { extentOf, isVector, product, unsupported } from './value.ts'

const attributeOf = ({ node }: Site, name: string): number => node.attributes.get(name)?.integer ?? 0

/** y = α·A·B + β·C of a vector and constants. */
const gemm: Translation = (site) => {
  if (attributeOf(site, 'transA') === 1) throw unsupported('it transposes its input')
  const matrix = matrixOf(site)
  const alpha = site.node.attributes.get('alpha')?.float ?? 1
  const beta = site.node.attributes.get('beta')?.float ?? 1
  const isTransposed = attributeOf(site, 'transB') === 1
  const offset = site.node.inputs[2] ? site.constant(2) : undefined
  if (site.node.inputs[2] && !offset) throw unsupported('its bias is not a constant of the file')
  const outputs = matrix.shape[isTransposed ? 0 : 1]!
  if (offset && ![1, outputs].includes(offset.data.length)) throw unsupported('its bias is not one number per output')
  const bias = Float32Array.from({ length: outputs }, (_, row) =>
    offset ? beta * (offset.data.length === 1 ? offset.data[0]! : offset.data[row]!) : 0,
  )
  return dense(site, matrix, { isTransposed, alpha, bias })
}

const matMul: Translation = (site) => {
  const matrix = matrixOf(site)
  const value = site.map(0)
  const bias = new Float32Array(matrix.shape[1]!)
  if (value.axes.length === 2) return dense(site, matrix, { isTransposed: false, alpha: 1, bias })
  return pointwise(site, matrix)
}

function matrixOf(site: Site): ConstantValue {
  const matrix = site.input(1)?.kind === 'constant' ? site.constant(1)! : undefined
  if (!matrix) throw unsupported('its matrix is not a constant of the file')
  if (matrix.shape.length !== 2) throw unsupported(`its matrix is [${matrix.shape.join(', ')}]`)
  return matrix
}

/** A product over the channels of every pixel, [N, H, W, C]·[C, K]: a convolution of one pixel. */
function pointwise(site: Site, matrix: ConstantValue): MapValue {
  const value = site.settle(site.map(0))
  const { channels } = site.assembly.shape(value.layer)
  const [inputs, filters] = matrix.shape as [number, number]
  if (value.axes.at(-1)!.join('') !== 'C' || site.assembly.isFlat(value.layer) || inputs !== channels) {
    throw unsupported('it does not run over the channels of a map')
  }
  const weight = Float32Array.from({ length: matrix.data.length }, (_, at) => {
    const [filter, channel] = [Math.floor(at / channels), at % channels]
    return matrix.data[channel * filters + filter]!
  })
  const layer = { op: 'conv' as const, filters, kernel: 1, stride: 1, bias: false }
  return { ...value, layer: site.assembly.add(site.nameFor(1), layer, [value.layer], { weight }) }
}

interface Product {
  /** Whether the matrix is [out, in]. */
  isTransposed: boolean
  alpha: number
  bias: Float32Array
}

function dense(site: Site, matrix: ConstantValue, { isTransposed, alpha, bias }: Product): MapValue {
  const value = site.settle(site.map(0))
  const [batch, along] = value.axes
  if (value.axes.length !== 2 || batch!.join('') !== 'N') throw unsupported('its input is not one vector per image')
  const shape = site.assembly.shape(value.layer)
  const [outputs, inputs] = isTransposed ? matrix.shape : [...matrix.shape].reverse()
  const count = product([shape.channels, shape.height, shape.width])
  if (inputs !== count) throw unsupported(`its matrix takes ${inputs} numbers, and there are ${count}`)
  const columns = columnOrder(along!, (factor) => extentOf(factor, shape, 1))
  const weight = new Float32Array(count * outputs!)
  for (let row = 0; row < outputs!; row++) {
    for (let column = 0; column < count; column++) {
      const from = columns ? columns[column]! : column
      const number = matrix.data[isTransposed ? row * count + from : from * outputs! + row]!
      weight[row * count + column] = alpha * number
    }
  }
  const wanted = site.nameFor(1)
  const isFlat = site.assembly.isFlat(value.layer)
  const from = isFlat ? value.layer : site.assembly.add(`${wanted}.flatten`, { op: 'flatten' }, [value.layer])
  const layer = site.assembly.add(wanted, { op: 'dense', outputs: outputs! }, [from], { weight, bias })
  return { kind: 'map', layer, axes: [['N'], ['C']] }
}

/** Where in a vector that runs along `factors` the numbers in the order of C, H, W stand; undefined: it is that order. */
function columnOrder(factors: readonly Factor[], extent: (factor: Factor) => number): Int32Array | undefined {
  const order: readonly Factor[] = ['C', 'H', 'W']
  const wanted = order.filter((factor) => factors.includes(factor))
  if (factors.join('') === wanted.join('')) return undefined
  const step = (factor: Factor): number => product(factors.slice(factors.indexOf(factor) + 1).map(extent))
  let places = [0]
  for (const factor of wanted) {
    places = places.flatMap((at) => Array.from({ length: extent(factor) }, (_, index) => at + index * step(factor)))
  }
  return Int32Array.from(places)
}

/** The same numbers as one vector per image, in the order of NCHW: a flatten layer where there is not one yet. */
export function asVector(site: Pick<Site, 'assembly' | 'settle'>, value: MapValue): MapValue {
  if (isVector(value.axes) && site.assembly.isFlat(value.layer)) return value
  const along = value.axes[1]?.join('') ?? ''
  if (value.axes.length !== 2 || !['C', 'CH', 'CW', 'CHW'].includes(along)) {
    throw unsupported('its input is not a vector in the order of channels, rows and columns')
  }
  const { layer } = site.settle(value)
  return {
    kind: 'map',
    layer: site.assembly.add(`${layer}.flatten`, { op: 'flatten' }, [layer]),
    axes: [['N'], ['C']],
  }
}

export const denseTranslations: Readonly<Record<string, Translation>> = { Gemm: gemm, MatMul: matMul }
