import { CodedError } from '../../../errors.ts'
import type { FeatureShape } from '../../../network/graph.ts'
import type { OnnxModel } from '../model.ts'
import { elementTypeName } from '../tensor.ts'
import type { Affine, Axes } from './value.ts'
import { mapAxes } from './value.ts'

export type Pixels = 1 | 255

/** How an ONNX file takes images. */
export interface ImageInput {
  name: string
  type: 'float32' | 'uint8'
  layout: 'NCHW' | 'NHWC'
  /** Of one image; three channels. */
  shape: FeatureShape
  /** Images in a batch; undefined: any number. */
  batch: number | undefined
}

interface Wanted {
  file: string
  size?: readonly [number, number] | undefined
  pixels?: Pixels | undefined
  mean?: readonly number[] | undefined
  std?: readonly number[] | undefined
}

/** Names in a damaged file may hold anything: the message stays one line. */
const refuse = (file: string, what: string, hint?: string): CodedError =>
  new CodedError(
    'bad-network',
    `${file} cannot be imported: ${what.replace(/\p{Cc}+/gu, ' ')}.`,
    hint ?? 'Networks that take one image of three channels, [N, 3, H, W] or [N, H, W, 3], can be.',
  )

/** Of a batch that the file fixes: it is run as a whole to compare the two, several times. */
const mostPixels = 2 ** 23

/** The one input of a graph, where it is an image. Throws `bad-network`, saying what it is instead. */
export function imageInput({ graph }: OnnxModel, { file, size }: Wanted): ImageInput {
  const [input, ...more] = graph.inputs
  if (!input || more.length > 0) {
    const names = graph.inputs.map(({ name }) => name).join(', ')
    throw refuse(file, input ? `it has ${graph.inputs.length} inputs (${names})` : 'it has no input')
  }
  const { name, type } = input
  if (type !== 1 && type !== 2)
    throw refuse(file, `its input "${name}" is ${elementTypeName(type)}, not float32 or uint8`)
  const dims = input.shape
  const text = dims?.map((extent) => extent || '?').join(', ')
  if (dims?.length !== 4) throw refuse(file, `its input "${name}" is [${text ?? 'of unknown shape'}], not an image`)
  const layout = dims[1] === 3 ? 'NCHW' : dims[3] === 3 ? 'NHWC' : undefined
  if (!layout) throw refuse(file, `its input "${name}" is [${text}], which has no three channels`)
  const [height, width] = (layout === 'NCHW' ? [dims[2], dims[3]] : [dims[1], dims[2]]).map((extent, axis) => {
    const given = size?.[axis]
    const isOpen = typeof extent !== 'number' || extent <= 0
    if (isOpen && given !== undefined) return given
    if (isOpen) throw refuse(file, `it takes images of any size ([${text}])`, 'Say which with --size, e.g. --size 224.')
    if (given !== undefined && given !== extent) {
      throw refuse(
        file,
        `it takes images of [${text}] only`,
        'Leave --size out, or export it with free rows and columns.',
      )
    }
    return extent
  }) as [number, number]
  if (height * width > 2 ** 24) throw refuse(file, `its images have ${height}×${width} pixels`)
  const [batch] = dims
  if (typeof batch === 'number' && batch * height * width > mostPixels) {
    throw refuse(file, `it takes ${batch} images at once`, 'Export it for one image, or for any number.')
  }
  return {
    name,
    type: type === 1 ? 'float32' : 'uint8',
    layout,
    shape: { channels: 3, height, width },
    batch: typeof batch === 'number' && batch > 0 ? batch : undefined,
  }
}

export function imageAxes({ layout, shape }: ImageInput): Axes {
  const [batch, channels, rows, columns] = mapAxes(shape) as [Axes[0], Axes[0], Axes[0], Axes[0]]
  return layout === 'NCHW' ? [batch, channels, rows, columns] : [batch, rows, columns, channels]
}

/**
 * mean and std of the network, from what the file does with its input (x·scale + shift) and what it expects there. A file
 * that takes pixels from 0 to 255 shows it: it scales them by less than 0.1, or shifts them by more than the range 0…1.
 */
export function imageNormalisation(inside: Affine | undefined, image: ImageInput, wanted: Wanted) {
  const { file } = wanted
  const channels = [0, 1, 2]
  const scale = channels.map((channel) => inside?.scale[channel] ?? 1)
  const shift = channels.map((channel) => inside?.shift[channel] ?? 0)
  const notes: string[] = []
  const looksLike255 =
    image.type === 'uint8' ||
    channels.some((channel) => Math.abs(scale[channel]!) < 0.1 || Math.abs(shift[channel]! / scale[channel]!) > 2)
  const pixels = image.type === 'uint8' ? 255 : (wanted.pixels ?? (looksLike255 ? 255 : 1))
  const isGiven = wanted.mean !== undefined || wanted.std !== undefined
  if (pixels === 255 && isGiven) {
    throw new CodedError(
      'bad-usage',
      `${file} takes pixels from 0 to 255 and normalises them itself.`,
      'Leave --mean and --std out, or say --pixels 1 where it takes pixels from 0 to 1.',
    )
  }
  if (inside) notes.push(`It normalises images itself; its input is taken to be pixels from 0 to ${pixels}.`)
  else if (!isGiven && pixels === 1) {
    notes.push('It does not normalise images and no --mean and --std were given: pixels from 0 to 1 go in as they are.')
  }
  const given = { mean: wanted.mean ?? [0, 0, 0], std: wanted.std ?? [1, 1, 1] }
  // x = (u·pixels/255 − m)/s; our input is x·scale + shift = (u/255 − mean)/std.
  const std = channels.map((channel) => given.std[channel]! / (pixels * scale[channel]!))
  const mean = channels.map((channel) => given.mean[channel]! / pixels - shift[channel]! * std[channel]!)
  const feed = {
    factor: channels.map((channel) => pixels / (255 * given.std[channel]!)),
    shift: channels.map((channel) => -given.mean[channel]! / given.std[channel]!),
  }
  return { mean, std, feed, notes }
}
