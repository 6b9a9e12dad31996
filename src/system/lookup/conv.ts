import type { Codebooks } from '#common/lookup/codebooks.ts'
import type { ProductLayout } from '#common/lookup/layout.ts'
import { channelsOf } from '#common/lookup/layout.ts'
import type { FeatureShape } from '#common/network/graph.ts'
import type { Window } from '#common/network/window.ts'
import type { Affine } from './affine.ts'
import { placeAffine, plainAffine } from './affine.ts'
import type { Arena, Machine, Place, Step } from './arena.ts'
import { rowsOf } from './arena.ts'
import { mostTerms, productRows, sumStep } from './wasm/tables.ts'

const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step

/**
 * Where a padded map's positions lie so that a kernel's position is a constant distance: without strides in rows; with
 * strides first all positions of the first remainder, then those of the next. An output at (y, x) then reads at
 * y · row + x + offset(tap), and all outputs of a map are one run of numbers (with waste at the ends of rows).
 */
export function geometryOf(window: Window, input: FeatureShape, output: FeatureShape) {
  const { kernel, stride, padding } = window
  const [rows, row] = [0, 1].map((axis) =>
    Math.ceil(((axis === 0 ? input.height : input.width) + padding[axis]! + padding[axis + 2]!) / stride[axis]!),
  ) as [number, number]
  const phase = rows * row
  const place = (y: number, x: number): number =>
    ((y % stride[0]) * stride[1] + (x % stride[1])) * phase +
    Math.floor(y / stride[0]) * row +
    Math.floor(x / stride[1])
  const offsets = Array.from({ length: kernel[0] * kernel[1] }, (_, tap) =>
    place(Math.floor(tap / kernel[1]), tap % kernel[1]),
  )
  /** Numbers of one output's plane, and of one plane that is read. */
  const run = roundUp(output.height * row, sumStep)
  const length = roundUp(Math.max(phase * stride[0] * stride[1], run + Math.max(...offsets)), sumStep)
  return { row, run, length, offsets, place }
}

/**
 * A convolution by look-ups: for a few subspaces at a time, the products of all positions with all words become a table,
 * and every output adds up the rows of the table that its words name, at the distances of the kernel's positions.
 */
export function lookupConv(
  arena: Arena,
  { layout, books }: { layout: ProductLayout; books: Codebooks },
  window: Window,
  { input, output, affine }: { input: Place; output: Place; affine: Affine },
): Step {
  const { row, run, length, offsets, place } = geometryOf(window, input, output)
  const { taps, outputs, size, subspaces } = layout
  const words = roundUp(books.count, productRows)
  const perTable = Math.max(1, Math.floor(mostTerms / taps))
  const padded = arena.take(4 * input.channels * length)
  const dictionary = arena.take(4 * subspaces * size * words)
  const table = arena.take(4 * perTable * words * length)
  const sums = arena.take(4 * outputs * run)
  const entry = placeAffine(arena, plainAffine(input.channels))
  const exit = placeAffine(arena, affine)
  const tables = Array.from({ length: Math.ceil(subspaces / perTable) }, (_, index) => {
    const from = index * perTable
    const members = Array.from({ length: Math.min(perTable, subspaces - from) }, (_, i) => from + i)
    const pairs = members.flatMap((m) =>
      offsets.map((offset, tap) => ({ m, tap, at: ((m - from) * words * length + offset) * 4 })),
    )
    const calls = Array.from({ length: Math.ceil(pairs.length / mostTerms) }, (_, i) => {
      const terms = pairs.slice(i * mostTerms, (i + 1) * mostTerms)
      return { terms, at: arena.take(4 * outputs * terms.length) }
    })
    return { from, members, calls }
  })
  const padding = strided(window)
    ? (machine: Machine) => scatter(machine, window, input, padded, length, place)
    : ({ kernels }: Machine) =>
        kernels.rows(
          [padded + 4 * place(window.padding[0], window.padding[1]), 4 * row, 4 * length],
          rowsOf(input),
          [input.channels, input.height, input.width],
          entry.operands,
        )
  return {
    prepare(machine) {
      entry.prepare(machine)
      exit.prepare(machine)
      for (let m = 0; m < subspaces; m++) {
        for (let k = 0; k < books.count; k++) {
          for (let c = 0; c < size; c++) {
            machine.f32[dictionary / 4 + (m * size + c) * words + k] = books.words[(m * books.count + k) * size + c]!
          }
        }
      }
      for (const { terms, at } of tables.flatMap(({ calls }) => calls)) {
        for (let output = 0; output < outputs; output++) {
          for (const [i, { m, tap, at: distance }] of terms.entries()) {
            const word = books.assignments[(m * taps + tap) * outputs + output]!
            machine.i32[at / 4 + output * terms.length + i] = table + distance + 4 * word * length
          }
        }
      }
    },
    run(machine) {
      const { kernels, f32 } = machine
      padding(machine)
      f32.fill(0, sums / 4, sums / 4 + outputs * run)
      for (const { from, members, calls } of tables) {
        for (const m of members) {
          kernels.product(
            table + 4 * (m - from) * words * length,
            padded + 4 * m * size * length,
            dictionary + 4 * m * size * words,
            words,
            channelsOf(layout, m),
            length,
            4 * words,
          )
        }
        for (const { terms, at } of calls) kernels.sums[terms.length]!(sums, at, outputs, 4 * run, 4 * run)
      }
      kernels.rows(rowsOf(output), [sums, 4 * row, 4 * run], [outputs, output.height, output.width], exit.operands)
    },
  }
}

const strided = ({ stride }: Window): boolean => stride[0] > 1 || stride[1] > 1

/** Into the padded map, position by position. */
function scatter(
  { f32 }: Machine,
  { padding }: Window,
  { address, channels, height, width }: Place,
  padded: number,
  length: number,
  place: (y: number, x: number) => number,
): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let to = padded / 4 + place(y + padding[0], x + padding[1])
      for (let from = address / 4 + y * width + x, c = 0; c < channels; c++, from += height * width, to += length) {
        f32[to] = f32[from]!
      }
    }
  }
}
