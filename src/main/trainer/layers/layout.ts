/** File layout of a filter [Cout, Cin, kH, kW] → the trainer's [kH, kW, Cin, Cout]; `shape` is the file's. */
export function filterFromFile(
  values: Float32Array,
  [outputs, inputs, height, width]: readonly number[],
): Float32Array {
  const out = new Float32Array(values.length)
  let from = 0
  for (let o = 0; o < outputs!; o++) {
    for (let i = 0; i < inputs!; i++) {
      for (let k = 0; k < height! * width!; k++) out[(k * inputs! + i) * outputs! + o] = values[from++]!
    }
  }
  return out
}

/** The trainer's [kH, kW, Cin, Cout] → file layout [Cout, Cin, kH, kW]; `shape` is the file's. */
export function filterToFile(values: Float32Array, [outputs, inputs, height, width]: readonly number[]): Float32Array {
  const out = new Float32Array(values.length)
  let to = 0
  for (let o = 0; o < outputs!; o++) {
    for (let i = 0; i < inputs!; i++) {
      for (let k = 0; k < height! * width!; k++) out[to++] = values[(k * inputs! + i) * outputs! + o]!
    }
  }
  return out
}
