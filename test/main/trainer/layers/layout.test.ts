import fc from 'fast-check'
import { expect, it } from 'vitest'
import { filterFromFile, filterToFile } from '../../../../src/main/trainer/layers/layout.ts'

it('puts [Cout, Cin, kH, kW] into [kH, kW, Cin, Cout]', () => {
  // Two outputs, one input, one row of two columns.
  expect([...filterFromFile(Float32Array.of(1, 2, 3, 4), [2, 1, 1, 2])]).toEqual([1, 3, 2, 4])
  // One output, two inputs, 1×2.
  expect([...filterFromFile(Float32Array.of(1, 2, 3, 4), [1, 2, 1, 2])]).toEqual([1, 3, 2, 4])
  // One output, one input, 2×2: rows stay rows.
  expect([...filterFromFile(Float32Array.of(1, 2, 3, 4), [1, 1, 2, 2])]).toEqual([1, 2, 3, 4])
})

it('comes back as it was', () => {
  const extent = fc.integer({ min: 1, max: 4 })
  fc.assert(
    fc.property(fc.tuple(extent, extent, extent, extent), (shape) => {
      const values = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, at) => at)
      expect(filterToFile(filterFromFile(values, shape), shape)).toEqual(values)
    }),
  )
})
