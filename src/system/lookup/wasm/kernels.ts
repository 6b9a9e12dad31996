import type { Expression, Procedure, Statement } from './assembler.ts'
import {
  addF32,
  addF32x4,
  addI32,
  advance,
  assemble,
  Frame,
  get,
  i32,
  lessI32,
  loadF32,
  loadI32,
  loadSplat,
  loadV128,
  loop,
  maxF32,
  maxF32x4,
  minF32,
  minF32x4,
  mulF32,
  mulF32x4,
  mulI32,
  repeat,
  set,
  splat,
  storeF32,
  storeV128,
  subI32,
  zeros,
} from './assembler.ts'

/** Planes that one call adds up at most: the 3×3 positions of a kernel. */
export const mostTerms = 9
/** Numbers that a sum works on at once: planes are padded to multiples of it. */
export const sumStep = 16
/** Rows of a product that are computed together. */
export const productRows = 4
const productStep = 8
const vectorBytes = 16

/**
 * product(out, x, d, rows, depth, length, pitch): out[r][q] = Σ_c d[c][r] · x[c][q] for r < rows (a multiple of 4) and
 * q < length (a multiple of 8); rows of `out` and `x` are `length` numbers long, those of `d` `pitch` bytes. The table of
 * a subspace: x are its channels over all positions, d its codewords.
 */
function product(): Procedure {
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

/** Numbers to bytes. */
const times4 = (value: Expression<'i32'>): Expression<'i32'> => mulI32(value, i32(4))

/**
 * sum<n>(out, terms, count, bytes, pitch): for each of `count` outputs, adds the n planes whose addresses stand in `terms`
 * to its plane, over `bytes` (a multiple of 64); planes of `out` lie `pitch` bytes apart. One codeword serves all
 * positions at once, so the look-ups are plain vector loads.
 */
function sum(terms: number): Procedure {
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
function gather(): Procedure {
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

/**
 * rows(out, outRow, outPlane, x, xRow, xPlane, planes, height, width, scales, shifts, low, high):
 * out[c][y][x] = min(max(x[c][y][x] · scales[c] + shifts[c], low), high) between maps whose rows and planes lie so many
 * bytes apart: a normalisation with its ReLU, and the way into and out of padded maps.
 */
function rows(): Procedure {
  const frame = new Frame()
  const { out, outRow, outPlane, x, xRow, xPlane } = frame.take(
    'i32',
    ...(['out', 'outRow', 'outPlane', 'x', 'xRow', 'xPlane'] as const),
  )
  const { planes, height, width } = frame.take('i32', 'planes', 'height', 'width')
  const { scales, shifts } = frame.take('i32', 'scales', 'shifts')
  const { low, high } = frame.take('f32', 'low', 'high')
  const { y, q, wide, bytes, from, to } = frame.local('i32', 'y', 'q', 'wide', 'bytes', 'from', 'to')
  const { scale, shift, least, most } = frame.local('v128', 'scale', 'shift', 'least', 'most')
  const { factor, summand } = frame.local('f32', 'factor', 'summand')
  const [source, target] = [addI32(get(from), get(q)), addI32(get(to), get(q))]
  const wideStep = storeV128(
    target,
    minF32x4(maxF32x4(addF32x4(mulF32x4(loadV128(source), get(scale)), get(shift)), get(least)), get(most)),
  )
  const singleStep = storeF32(
    target,
    minF32(maxF32(addF32(mulF32(loadF32(source), get(factor)), get(summand)), get(low)), get(high)),
  )
  const body = [
    set(bytes, times4(get(width))),
    set(wide, subI32(get(bytes), i32(vectorBytes - 1))),
    set(least, splat(get(low))),
    set(most, splat(get(high))),
    repeat(
      [
        set(factor, loadF32(get(scales))),
        set(summand, loadF32(get(shifts))),
        set(scale, splat(get(factor))),
        set(shift, splat(get(summand))),
        set(from, get(x)),
        set(to, get(out)),
        set(y, get(height)),
        repeat(
          [
            set(q, i32(0)),
            loop(lessI32(get(q), get(wide)), [wideStep, advance(q, i32(vectorBytes))]),
            loop(lessI32(get(q), get(bytes)), [singleStep, advance(q, i32(4))]),
            advance(from, get(xRow)),
            advance(to, get(outRow)),
            set(y, subI32(get(y), i32(1))),
          ],
          get(y),
        ),
        advance(x, get(xPlane)),
        advance(out, get(outPlane)),
        advance(scales, i32(4)),
        advance(shifts, i32(4)),
        set(planes, subI32(get(planes), i32(1))),
      ],
      get(planes),
    ),
  ]
  return { name: 'rows', frame, body }
}

/** Addresses and pitches in bytes; see the functions above. */
export interface Kernels {
  product(
    ...args: [out: number, x: number, d: number, rows: number, depth: number, length: number, pitch: number]
  ): void
  /** By the number of planes, 1…9; index 0 is empty. */
  sums: ((out: number, terms: number, count: number, bytes: number, pitch: number) => void)[]
  gather(out: number, terms: number, count: number, n: number): void
  rows(
    out: readonly [address: number, row: number, plane: number],
    x: readonly [address: number, row: number, plane: number],
    extent: readonly [planes: number, height: number, width: number],
    affine: readonly [scales: number, shifts: number, low: number, high: number],
  ): void
}

/** Unrolled for every number of planes. */
export const kernelModule = (): Uint8Array<ArrayBuffer> =>
  assemble([product(), gather(), rows(), ...Array.from({ length: mostTerms }, (_, n) => sum(n + 1))])

let compiled: WebAssembly.Module | undefined

/** The kernels over a memory. */
export function instantiate(memory: WebAssembly.Memory): Kernels {
  compiled ??= new WebAssembly.Module(kernelModule())
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } })
  const named = exports as unknown as Record<string, (...args: number[]) => void>
  return {
    product: named.product as Kernels['product'],
    gather: named.gather as Kernels['gather'],
    sums: Array.from({ length: mostTerms + 1 }, (_, n) => (n === 0 ? () => {} : named[`sum${n}`]!)),
    rows: (out, x, extent, affine) => named.rows!(...out, ...x, ...extent, ...affine),
  }
}
