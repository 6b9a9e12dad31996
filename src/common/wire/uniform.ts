/** Half to even, as ONNX' operators round. */
export function roundHalfToEven(value: number): number {
  // Math.round takes halves up. (A remainder of every value would cost more than all the rest of a small head.)
  const rounded = Math.round(value)
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded
}

/** Codes 0…levels of values, code = round((value − offset) / scale), in float32 as the operators in a file compute it. */
export function uniformCodes(
  values: Float32Array,
  { scale, offset, levels }: { scale: number; offset: number; levels: number },
): Uint8Array {
  const codes = new Uint8Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const level = roundHalfToEven(Math.fround(Math.fround(values[i]! - offset) / scale))
    codes[i] = Math.min(Math.max(level, 0), levels)
  }
  return codes
}
