import type { Procedure, Statement } from './assembler.ts'
import {
  addF32,
  addF32x4,
  addI32,
  advance,
  Frame,
  get,
  i32,
  lessI32,
  loadF32,
  loadI32,
  loadSplat,
  loadV128,
  mulF32x4,
  repeat,
  set,
  storeF32,
  storeV128,
  subI32,
  zeros,
} from './assembler.ts'
import { times4, vectorBytes } from './bytes.ts'

/** Planes that one call adds up at most: the 3×3 positions of a kernel. */
export const mostTerms = 9
/** Numbers that a sum works on at once: planes are padded to multiples of it. */
export const sumStep = 16
/** Rows of a product that are computed together. */
export const productRows = 4
const productStep = 8

/**
 * product(out, x, d, rows, depth, length, pitch): out[r][q] = Σ_c d[c][r] · x[c][q] for r < rows (a multiple of 4) and
 * q < length (a multiple of 8); rows of `out` and `x` are `length` numbers long, those of `d` `pitch` bytes. The table of
 * a subspace: x are its channels over all positions, d its codewords.
 */
export function product(): Procedure {
  const frame = new Frame()
  const { out, x, d, rows, depth, length, pitch } = frame.take(
    'i32',
    ...(['out', 'x', 'd', 'rows', 'depth', 'length', 'pitch'] as const),
  )
  const names = ['bytes', 'row', 'q', 'xAt', 'dAt', 'left', 'target'] as const
  const { bytes, row, q, xAt, dAt, left, target } = frame.local('i32', ...names)
  const sums = frame.several('v128', productRows * 2)
  const inputs = frame.several('v128', 2)
  const { word } = frame.local('v128', 'word')
  const inner: Statement[] = [
    ...inputs.map((input, half) => set(input, loadV128(get(xAt), half * vectorBytes))),
    ...Array.from({ length: productRows }, (_, r) => [
      set(word, loadSplat(get(dAt), r * 4)),
      ...inputs.map((input, half) =>
        set(sums[2 * r + half]!, addF32x4(get(sums[2 * r + half]!), mulF32x4(get(word), get(input)))),
      ),
    ]).flat(),
    advance(xAt, get(bytes)),
    advance(dAt, get(pitch)),
    set(left, subI32(get(left), i32(1))),
  ]
  const store = Array.from({ length: productRows }, (_, r) => [
    ...[0, 1].map((half) => storeV128(get(target), get(sums[2 * r + half]!), half * vectorBytes)),
    advance(target, get(bytes)),
  ]).flat()
  const body: Statement[] = [
    set(bytes, times4(get(length))),
    set(row, i32(0)),
    repeat(
      [
        set(q, i32(0)),
        repeat(
          [
            ...sums.map((sum) => set(sum, zeros)),
            set(xAt, addI32(get(x), get(q))),
            set(dAt, get(d)),
            set(left, get(depth)),
            repeat(inner, get(left)),
            set(target, addI32(get(out), get(q))),
            ...store,
            advance(q, i32(productStep * 4)),
          ],
          lessI32(get(q), get(bytes)),
        ),
        advance(out, times4(get(bytes))),
        advance(d, i32(productRows * 4)),
        advance(row, i32(productRows)),
      ],
      lessI32(get(row), get(rows)),
    ),
  ]
  return { name: 'product', frame, body }
}

/**
 * sum<n>(out, terms, count, bytes, pitch): for each of `count` outputs, adds the n planes whose addresses stand in `terms`
 * to its plane, over `bytes` (a multiple of 64); planes of `out` lie `pitch` bytes apart. One codeword serves all
 * positions at once, so the look-ups are plain vector loads.
 */
export function sum(terms: number): Procedure {
  const frame = new Frame()
  const { out, table, count, bytes, pitch } = frame.take('i32', 'out', 'table', 'count', 'bytes', 'pitch')
  const { q, address } = frame.local('i32', 'q', 'address')
  const planes = frame.several('i32', terms)
  const sums = frame.several('v128', sumStep / 4)
  const body = [
    repeat(
      [
        ...planes.map((plane, i) => set(plane, loadI32(get(table), 4 * i))),
        set(q, i32(0)),
        repeat(
          [
            set(address, addI32(get(out), get(q))),
            ...sums.map((one, j) => set(one, loadV128(get(address), j * vectorBytes))),
            ...planes.flatMap((plane) => [
              set(address, addI32(get(plane), get(q))),
              ...sums.map((one, j) => set(one, addF32x4(get(one), loadV128(get(address), j * vectorBytes)))),
            ]),
            set(address, addI32(get(out), get(q))),
            ...sums.map((one, j) => storeV128(get(address), get(one), j * vectorBytes)),
            advance(q, i32(sumStep * 4)),
          ],
          lessI32(get(q), get(bytes)),
        ),
        advance(out, get(pitch)),
        advance(table, i32(4 * terms)),
        set(count, subI32(get(count), i32(1))),
      ],
      get(count),
    ),
  ]
  return { name: `sum${terms}`, frame, body }
}

/**
 * gather(out, terms, count, n): out[i] += Σ of the n single numbers whose addresses stand in `terms`: a dense layer, which
 * has one position only.
 */
export function gather(): Procedure {
  const frame = new Frame()
  const { out, table, count, terms } = frame.take('i32', 'out', 'table', 'count', 'terms')
  const { left } = frame.local('i32', 'left')
  const { total } = frame.local('f32', 'total')
  const body = [
    repeat(
      [
        set(total, loadF32(get(out))),
        set(left, get(terms)),
        repeat(
          [
            set(total, addF32(get(total), loadF32(loadI32(get(table))))),
            advance(table, i32(4)),
            set(left, subI32(get(left), i32(1))),
          ],
          get(left),
        ),
        storeF32(get(out), get(total)),
        advance(out, i32(4)),
        set(count, subI32(get(count), i32(1))),
      ],
      get(count),
    ),
  ]
  return { name: 'gather', frame, body }
}
