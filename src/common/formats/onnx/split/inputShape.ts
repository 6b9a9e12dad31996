import { CodedError } from '../../../errors.ts'
import type { RawModel, RawValue } from './raw.ts'
import { elementTypeNames } from './raw.ts'

/** What a user says of the input where the file leaves it open: all extents, or height and width of an image. */
export interface InputWish {
  shape: readonly number[] | null
  size: number | null
}

export interface ModelInput {
  name: string
  type: 'float32' | 'uint8'
  /** Batch (1) first. */
  dims: readonly number[]
}

const typeName = (type: number): string => elementTypeNames[type] ?? `type ${type}`
const shown = ({ name, type, dims }: RawValue): string =>
  `${name} ${type === 0 ? '(no tensor)' : `${typeName(type)}${dims ? ` [${dims.map((extent) => extent ?? '?').join(', ')}]` : ''}`}`

/** The one input of a model, with every extent known. Throws `bad-network` or `bad-usage`, saying what is missing. */
export function modelInput({ inputs }: Pick<RawModel, 'inputs'>, wish: InputWish): ModelInput {
  const [input] = inputs
  if (!input) throw new CodedError('bad-network', 'The model has no input.', 'Export the model again.')
  if (inputs.length > 1) {
    throw new CodedError(
      'bad-network',
      `The model takes ${inputs.length} inputs (${inputs.map(shown).join(', ')}); a device-edge split has one: the image.`,
      'Export the network with one input and everything else fixed.',
    )
  }
  if (input.type === 0) {
    throw new CodedError('bad-network', `The input "${input.name}" is a sequence or a map, not a tensor.`)
  }
  const type = input.type === 1 ? 'float32' : input.type === 2 ? 'uint8' : null
  if (type === null) {
    const tokens = [6, 7, 12, 13].includes(input.type)
    throw new CodedError(
      'bad-network',
      `The input "${input.name}" is ${typeName(input.type)}${tokens ? ': indices such as token ids, not an image' : ''}.`,
      'A profile needs float32 or uint8 input (an image, a spectrogram): export the network in float32.',
    )
  }
  return { name: input.name, type, dims: extents(input, wish) }
}

function extents(input: RawValue, { shape, size }: InputWish): number[] {
  const { name, dims } = input
  if (shape) {
    const fits =
      dims === null ||
      (dims.length === shape.length && dims.every((own, at) => typeof own !== 'number' || own === shape[at]))
    if (!fits) {
      throw new CodedError('bad-usage', `--input ${shape.join(',')} does not fit the model's ${shown(input)}.`)
    }
    if (shape[0] !== 1) throw batched(`--input ${shape.join(',')} has a batch of ${shape[0]}`)
    return [...shape]
  }
  if (dims === null || dims.length === 0) throw open(input, '--input 1,3,224,224')
  const [batch, ...rest] = dims
  if (typeof batch === 'number' && batch !== 1) throw batched(`The input "${name}" is fixed to a batch of ${batch}`)
  const known = rest.map((extent) => (typeof extent === 'number' ? extent : null))
  if (size !== null) {
    const [height, width] = imageAxes(known) ?? [-1, -1]
    for (const axis of [height, width]) {
      if (axis < 0 || (known[axis] !== null && known[axis] !== size)) {
        throw new CodedError('bad-usage', `--size ${size} does not fit the model's ${shown(input)}.`, 'Use --input.')
      }
      known[axis] = size
    }
  }
  if (known.some((extent) => extent === null)) throw open(input, exampleFor(known))
  return [1, ...(known as number[])]
}

/** Where height and width stand in [C, H, W] or [H, W, C]; undefined: it is no image. */
function imageAxes(known: readonly (number | null)[]): [number, number] | undefined {
  if (known.length !== 3) return undefined
  const channels = (extent: number | null | undefined): boolean => extent != null && extent <= 4
  if (channels(known[0])) return [1, 2]
  return channels(known[2]) ? [0, 1] : undefined
}

const exampleFor = (known: readonly (number | null)[]): string => {
  if (imageAxes(known)) return `--size 224, or --input 1,${known.map((extent) => extent ?? 224).join(',')}`
  return `--input 1,${known.map((extent, at) => extent ?? (known.length === 3 && at === 0 ? 3 : 224)).join(',')}`
}

const open = (input: RawValue, example: string): CodedError =>
  new CodedError(
    'bad-usage',
    `The model leaves the size of its input open: ${shown(input)}.`,
    `Say what your device sends, e.g. ${example}.`,
  )

const batched = (what: string): CodedError =>
  new CodedError(
    'bad-network',
    `${what}; a device sends one image at a time.`,
    'Export the network with a batch of 1 or a free batch.',
  )

/** The output that is profiled: the only one, or the one that the user names. */
export function modelOutput({ outputs }: Pick<RawModel, 'outputs'>, wanted: string | null): RawValue {
  const names = outputs.map(({ name }) => name).join(', ')
  if (wanted !== null) {
    const found = outputs.find(({ name }) => name === wanted)
    if (!found) throw new CodedError('unknown-name', `The model has no output "${wanted}".`, `Its outputs: ${names}.`)
    return found
  }
  const [only] = outputs
  if (!only) throw new CodedError('bad-network', 'The model has no output.', 'Export the model again.')
  if (outputs.length === 1) return only
  throw new CodedError(
    'bad-usage',
    `The model has ${outputs.length} outputs: ${names}.`,
    'Name the one that the tail is to compute with --output; what only the others need is left out.',
  )
}
