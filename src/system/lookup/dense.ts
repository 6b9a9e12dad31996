import type { Codebooks } from '#common/lookup/codebooks.ts'
import type { ProductLayout } from '#common/lookup/layout.ts'
import { channelsOf } from '#common/lookup/layout.ts'
import type { Affine } from './affine.ts'
import { placeAffine } from './affine.ts'
import type { Arena, Place, Step } from './arena.ts'
import { rowsOf } from './arena.ts'
import { productRows, sumStep } from './wasm/tables.ts'

/**
 * A dense layer by look-ups. There is one position only, so that the words take its place in the product: the table of a
 * subspace is one row, of which every output picks a number.
 */
export function lookupDense(
  arena: Arena,
  { layout, books }: { layout: ProductLayout; books: Codebooks },
  { input, output, affine }: { input: Place; output: Place; affine: Affine },
): Step {
  const { outputs, size, subspaces } = layout
  const words = Math.ceil(books.count / sumStep) * sumStep
  const dictionary = arena.take(4 * subspaces * size * words)
  // The product has four rows at least; those behind the first are overwritten by the next subspace.
  const table = arena.take(4 * (subspaces + productRows - 1) * words)
  const terms = arena.take(4 * outputs * subspaces)
  const exit = placeAffine(arena, affine)
  return {
    prepare(machine) {
      const { f32, i32 } = machine
      exit.prepare(machine)
      for (let m = 0; m < subspaces; m++) {
        for (let k = 0; k < books.count; k++) {
          for (let c = 0; c < size; c++) {
            f32[dictionary / 4 + (m * size + c) * words + k] = books.words[(m * books.count + k) * size + c]!
          }
        }
        for (let output = 0; output < outputs; output++) {
          const word = books.assignments[m * outputs + output]!
          i32[terms / 4 + output * subspaces + m] = table + 4 * (m * words + word)
        }
      }
    },
    run({ kernels, f32 }) {
      for (let m = 0; m < subspaces; m++) {
        kernels.product(
          table + 4 * m * words,
          dictionary + 4 * m * size * words,
          input.address + 4 * m * size,
          productRows,
          channelsOf(layout, m),
          words,
          4,
        )
      }
      f32.fill(0, output.address / 4, output.address / 4 + outputs)
      kernels.gather(output.address, terms, outputs, subspaces)
      kernels.rows(rowsOf(output), rowsOf(output), [outputs, 1, 1], exit.operands)
    },
  }
}
