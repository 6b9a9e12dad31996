import type { Procedure } from './assembler.ts'
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
  loadV128,
  loop,
  maxF32,
  maxF32x4,
  minF32,
  minF32x4,
  mulF32,
  mulF32x4,
  mulI32,
  pick,
  repeat,
  set,
  splat,
  storeF32,
  storeV128,
  subI32,
} from './assembler.ts'
import { times2, times4, vectorBytes } from './bytes.ts'

/**
 * rows(out, outRow, outPlane, x, xRow, xPlane, planes, height, width, scales, shifts, low, high):
 * out[c][y][x] = min(max(x[c][y][x] · scales[c] + shifts[c], low), high) between maps whose rows and planes lie so many
 * bytes apart: a normalisation with its ReLU, and the way into and out of padded maps.
 */
export function rows(): Procedure {
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

/**
 * halve(out, x, planes, height, width): the largest of every 2×2 numbers, maps of `height` × `width` from maps twice as
 * high and wide, both without gaps.
 */
export function halve(): Procedure {
  const frame = new Frame()
  const { out, x, planes, height, width } = frame.take('i32', 'out', 'x', 'planes', 'height', 'width')
  const { left, q, bytes, wide, from } = frame.local('i32', 'left', 'q', 'bytes', 'wide', 'from')
  const { first, second } = frame.local('v128', 'first', 'second')
  const below = addI32(get(from), times2(get(bytes)))
  const upper = (offset: number) => maxF32x4(loadV128(get(from), offset), loadV128(below, offset))
  const single = (offset: number) => maxF32(loadF32(get(from), offset), loadF32(below, offset))
  const body = [
    set(bytes, times4(get(width))),
    set(wide, subI32(get(bytes), i32(vectorBytes - 1))),
    set(left, mulI32(get(planes), get(height))),
    set(from, get(x)),
    repeat(
      [
        set(q, i32(0)),
        loop(lessI32(get(q), get(wide)), [
          set(first, upper(0)),
          set(second, upper(vectorBytes)),
          storeV128(
            get(out),
            maxF32x4(pick(get(first), get(second), [0, 2, 4, 6]), pick(get(first), get(second), [1, 3, 5, 7])),
          ),
          advance(out, i32(vectorBytes)),
          advance(from, i32(2 * vectorBytes)),
          advance(q, i32(vectorBytes)),
        ]),
        loop(lessI32(get(q), get(bytes)), [
          storeF32(get(out), maxF32(single(0), single(4))),
          advance(out, i32(4)),
          advance(from, i32(8)),
          advance(q, i32(4)),
        ]),
        // The lower row of the pair is done too.
        advance(from, times2(get(bytes))),
        set(left, subI32(get(left), i32(1))),
      ],
      get(left),
    ),
  ]
  return { name: 'halve', frame, body }
}
