import type { FeatureShape } from '../../../network/graph.ts'
import type { Sides } from '../../../network/window.ts'

/**
 * What a tensor of an ONNX graph is while the importer follows it. Batches, transpositions and reshapes have no layers of
 * their own here: a map keeps its layer, and `axes` says where its channels, rows and columns have gone.
 */
export type Value = MapValue | ConstantValue | UnknownValue

/** C may be taken apart into blocks of channels: G blocks of K each. */
export type Factor = 'N' | 'C' | 'H' | 'W' | 'G' | 'K'
/** For each dimension what runs along it, slowest first: [[N], [C], [H], [W]], flattened [[N], [C, H, W]]. */
export type Axes = readonly (readonly Factor[])[]

/** The output of a layer. */
export interface MapValue {
  kind: 'map'
  layer: string
  axes: Axes
  /** Where C is taken apart: how many blocks, and how many channels each. */
  blocks?: Blocks | undefined
  /** Per channel: what is yet to be done to the layer's output, x·scale + shift. */
  affine?: Affine | undefined
  /** Zeros that lie around it (after `affine`) and that the next window takes over. */
  padding?: Sides | undefined
}

export type Blocks = readonly [blocks: number, channels: number]
export type Extents = FeatureShape & { blocks?: Blocks | undefined }

export interface Affine {
  scale: Float64Array
  shift: Float64Array
}

export interface ConstantValue {
  kind: 'constant'
  shape: readonly number[]
  data: Float32Array | Float64Array
  /** Whether it holds whole numbers: division then truncates. */
  isWhole: boolean
}

/** The output of a node that was refused: what reads it is not complained about again. */
export interface UnknownValue {
  kind: 'unknown'
}

/** Why a node cannot be imported; the translator adds which node it is. */
export class Unsupported extends Error {}

export const unsupported = (reason: string): Unsupported => new Unsupported(reason)

export const product = (extents: readonly number[]): number => extents.reduce((total, extent) => total * extent, 1)

/** Rows and columns of extent 1 run along no dimension. */
export function mapAxes({ height, width }: FeatureShape): Axes {
  return [['N'], ['C'], height === 1 ? [] : ['H'], width === 1 ? [] : ['W']]
}

export const isVector = (axes: Axes): boolean => axes.length === 2 && axes[0]![0] === 'N' && axes[1]!.join('') === 'C'

export const sameAxes = (a: Axes, b: Axes): boolean =>
  a.length === b.length && a.every((factors, index) => factors.join('') === b[index]!.join(''))

/** Whether it lies as [N, C, H, W], the layout of ONNX' windows. */
export const isChannelsFirst = (axes: Axes): boolean =>
  axes.length === 4 &&
  axes[0]!.join('') === 'N' &&
  axes[1]!.join('') === 'C' &&
  ['', 'H'].includes(axes[2]!.join('')) &&
  ['', 'W'].includes(axes[3]!.join(''))

export function extentOf(factor: Factor, { channels, height, width, blocks }: Extents, batch: number): number {
  switch (factor) {
    case 'N':
      return batch
    case 'C':
      return channels
    case 'H':
      return height
    case 'W':
      return width
    case 'G':
      return blocks![0]
    case 'K':
      return blocks![1]
  }
}

/** The dimensions of a value as ONNX sees them. */
export const dimensions = (axes: Axes, shape: Extents, batch: number): number[] =>
  axes.map((factors) => product(factors.map((factor) => extentOf(factor, shape, batch))))

/**
 * The axes after a reshape to `target` (no −1 or 0 left in it). Throws where a dimension of the target does not take
 * whole factors: that would split or mix channels.
 */
export function reshaped(axes: Axes, target: readonly number[], shape: Extents, batch: number): Axes {
  const factors = axes.flat()
  let next = 0
  const result = target.map((extent) => {
    const taken: Factor[] = []
    let size = 1
    while (next < factors.length) {
      const factor = factors[next]!
      const grown = size * extentOf(factor, shape, batch)
      if (size === extent && grown !== size) break
      if (grown > extent) break
      // A batch of one does not merge with what comes behind it.
      if (taken.includes('N')) break
      taken.push(factor)
      size = grown
      next += 1
    }
    if (size !== extent) {
      throw unsupported(`it reshapes [${dimensions(axes, shape, batch).join(', ')}] to [${target.join(', ')}]`)
    }
    return taken
  })
  if (next < factors.length) throw unsupported(`it reshapes to [${target.join(', ')}], which is too small`)
  if (result[0]?.join('') !== 'N') throw unsupported('it mixes the images of a batch')
  return result
}
