import type { Sides, Window } from '#common/network/window.ts'
import { isPadded } from '#common/network/window.ts'
import type { Kernels, Tensor } from '../kernels.ts'
import type { Attribute, Operations } from './operations.ts'

interface Padding {
  pad(input: Tensor, sides: Sides, value: number): Tensor
  withoutPadding(padded: Tensor, shape: readonly number[], sides: Sides): Tensor
}

/**
 * TensorFlow's MaxPoolGrad looks for the maxima again and takes several times as long as the two operations that note
 * and use their places, with the same result (docs/performance.md). Those note them fast as int32 and take them as int64
 * only.
 */
export function maxPoolKernels(
  ops: Operations,
  poolAttributes: (window: Window) => Attribute[],
  { pad, withoutPadding }: Padding,
): Pick<Kernels, 'maxPool' | 'maxPoolTrain' | 'maxPoolGradient'> {
  const { run, runAll, type } = ops
  const attributes = (window: Window): Attribute[] => [
    ...poolAttributes(window).filter(({ name }) => name !== 'data_format'),
    ops.bool('include_batch_in_index', false),
  ]
  const padded = <T>(input: Tensor, { padding }: Window, body: (map: Tensor) => T): T => {
    if (!isPadded({ padding })) return body(input)
    const map = pad(input, padding, Number.NEGATIVE_INFINITY)
    const result = body(map)
    map.dispose()
    return result
  }
  return {
    maxPool: (input, window) => padded(input, window, (map) => run('MaxPool', poolAttributes(window), [map])),
    maxPoolTrain: (input, window) =>
      padded(input, window, (map) => {
        const places = type('Targmax', 'int32')
        const [output, argmax] = runAll('MaxPoolWithArgmax', [...attributes(window), places], [map], 2)
        return { output: output!, saved: [argmax!] }
      }),
    maxPoolGradient: (gradient, input, _, [argmax], window) => {
      const toInt64 = [type('SrcT', 'int32'), type('DstT', 'int64'), ops.bool('Truncate', false)]
      const places = run('Cast', toInt64, [argmax!])
      const found = padded(input, window, (map) =>
        run('MaxPoolGradWithArgmax', [...attributes(window), type('Targmax', 'int64')], [map, gradient, places]),
      )
      places.dispose()
      if (!isPadded(window)) return found
      const inside = withoutPadding(found, input.shape, window.padding)
      found.dispose()
      return inside
    },
  }
}
