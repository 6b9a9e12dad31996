import { uniformCodes } from '#common/wire/uniform.ts'

/**
 * How the features leave the head. Codes: value = code · scale + offset, code = round((value − offset) / scale), half to
 * even, clipped to 0…levels (255). All of it in float32, as the operators in the file compute it. `scalars`: the code is
 * that of the nearest of ascending words, per element; `vectors`: of the nearest of several words of `size` numbers, one
 * code for every `size` neighbouring channels of each of the `positions` of a map (1: the tensor is a vector).
 */
export type UniformCoding = { type: 'uint8'; scale: number; offset: number; levels?: number }
export type BookCoding =
  | { type: 'scalars'; words: Float32Array }
  | { type: 'vectors'; words: Float32Array; size: number; positions: number }
export type FeatureCoding = { type: 'float32' } | UniformCoding | BookCoding

const byteLevels = 255

/**
 * The codes that span what was seen. `nonNegative`: 0 is then exactly code 0, so that what a ReLU has cut stays 0.
 * A tensor that never varies gets scale 1.
 */
export function fitCoding(min: number, max: number, nonNegative: boolean): UniformCoding {
  const offset = nonNegative ? 0 : Math.fround(min)
  const scale = Math.fround((max - offset) / byteLevels)
  return { type: 'uint8', scale: scale > 0 ? scale : 1, offset }
}

/** Codes of features, computed without ONNX Runtime: what the exported head is checked against. */
export function quantise(features: Float32Array, coding: UniformCoding | BookCoding): Uint8Array {
  if (coding.type === 'scalars') return nearestScalars(features, coding.words)
  if (coding.type === 'vectors') return nearestVectors(features, coding)
  const { scale, offset, levels = byteLevels } = coding
  return uniformCodes(features, { scale, offset, levels })
}

export function dequantise(codes: Uint8Array, coding: UniformCoding | BookCoding): Float32Array {
  if (coding.type === 'scalars') return Float32Array.from(codes, (code) => coding.words[code]!)
  if (coding.type === 'vectors') {
    const { words, size } = coding
    const features = new Float32Array(codes.length * size)
    for (let i = 0; i < codes.length; i++) {
      const { start, stride } = placeOf(i, coding)
      for (let c = 0; c < size; c++) features[start + c * stride] = words[codes[i]! * size + c]!
    }
    return features
  }
  const features = new Float32Array(codes.length)
  for (let i = 0; i < codes.length; i++) features[i] = Math.fround(codes[i] * coding.scale) + coding.offset
  return features
}

/** Where the code of a value changes: halfway between two words. */
export const thresholdsOf = (words: Float32Array): Float32Array =>
  Float32Array.from({ length: words.length - 1 }, (_, i) => (words[i]! + words[i + 1]!) / 2)

function nearestScalars(features: Float32Array, words: Float32Array): Uint8Array {
  const thresholds = thresholdsOf(words)
  return Uint8Array.from(features, (value) =>
    thresholds.reduce((code, threshold) => code + Number(value > threshold), 0),
  )
}

/** Where the elements of vector i lie in maps [N, groups · size, positions]. */
function placeOf(i: number, { size, positions }: { size: number; positions: number }) {
  const group = Math.floor(i / positions)
  return { start: group * size * positions + (i % positions), stride: positions }
}

function nearestVectors(features: Float32Array, coding: Extract<BookCoding, { type: 'vectors' }>): Uint8Array {
  const { words, size } = coding
  const codes = new Uint8Array(features.length / size)
  for (let i = 0; i < codes.length; i++) {
    const { start, stride } = placeOf(i, coding)
    let best = Number.POSITIVE_INFINITY
    for (let word = 0; word * size < words.length; word++) {
      let distance = 0
      for (let c = 0; c < size; c++) distance += (features[start + c * stride]! - words[word * size + c]!) ** 2
      if (distance >= best) continue
      best = distance
      codes[i] = word
    }
  }
  return codes
}
