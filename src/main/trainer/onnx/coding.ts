/**
 * How the features leave the head. Codes: value = code · scale + offset, code = round((value − offset) / scale), half to
 * even, clipped to 0…255. All of it in float32, as the operators in the file compute it.
 */
export type FeatureCoding = { type: 'float32' } | { type: 'uint8'; scale: number; offset: number }

const levels = 255

/**
 * The codes that span what was seen. `nonNegative`: 0 is then exactly code 0, so that what a ReLU has cut stays 0.
 * A tensor that never varies gets scale 1.
 */
export function fitCoding(min: number, max: number, nonNegative: boolean): FeatureCoding & { type: 'uint8' } {
  const offset = nonNegative ? 0 : Math.fround(min)
  const scale = Math.fround((max - offset) / levels)
  return { type: 'uint8', scale: scale > 0 ? scale : 1, offset }
}

function roundHalfToEven(value: number): number {
  const rounded = Math.round(value)
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded
}

/** Codes of features, computed without ONNX Runtime: what the exported head is checked against. */
export function quantise(features: Float32Array, { scale, offset }: { scale: number; offset: number }): Uint8Array {
  const codes = new Uint8Array(features.length)
  for (let i = 0; i < features.length; i++) {
    const level = roundHalfToEven(Math.fround(Math.fround(features[i] - offset) / scale))
    codes[i] = Math.min(Math.max(level, 0), levels)
  }
  return codes
}

export function dequantise(codes: Uint8Array, { scale, offset }: { scale: number; offset: number }): Float32Array {
  const features = new Float32Array(codes.length)
  for (let i = 0; i < codes.length; i++) features[i] = Math.fround(codes[i] * scale) + offset
  return features
}
