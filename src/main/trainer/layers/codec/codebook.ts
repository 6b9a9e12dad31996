import type { CodebookLayer } from '#common/network/codecLayers.ts'
import { codecWeightShapes } from '#common/network/codecLayers.ts'
import type { FeatureShape } from '#common/network/graph.ts'
import type { Weights } from '#common/network/weights.ts'
import type { Kernels, Tensor } from '../../backend/kernels.ts'
import type { Operator } from '../operator.ts'
import { plainTrainable } from '../operator.ts'

/**
 * Learned codewords (CCTO, frameworks.md §10.4): the nearest one goes on, the gradient goes straight through, and
 * `pull` · (mse(e, sg x) + ½ mse(sg e, x)) draws codewords and values together. Throws where a map [C, H, W] is no whole
 * number of vectors: one vector for an image takes what a dense layer gives, vectors of `size` channels a multiple of them.
 */
export function codebookOperator(
  layer: CodebookLayer,
  input: FeatureShape,
  weights: Weights,
  kernels: Kernels,
): Operator {
  const name = `${layer.name}.weight`
  const [words, size] = codecWeightShapes(layer, input)[name] as [number, number]
  if (
    layer.kind === 'vector' &&
    (layer.size === undefined ? input.height * input.width !== 1 : input.channels % size)
  ) {
    throw new Error(`layer "${layer.name}": ${input.channels} channels are no whole number of vectors`)
  }
  const book = kernels.parameter(weights.get(name)!, [words, size])
  const nearest = (x: Tensor, pass: Kernels) =>
    pass.compute((tf) => {
      const rows = tf.reshape(x, [-1, size])
      const e = book.value()
      const distances = tf.sub(tf.sum(tf.square(e), 1), tf.mul(tf.matMul(rows, e, false, true), 2))
      const chosen = tf.argMin(distances, 1)
      return { rows, e, chosen, values: tf.gather(e, chosen as never) }
    }) as Record<'rows' | 'e' | 'chosen' | 'values', Tensor>
  return {
    trainables: [plainTrainable(name, book)],
    needs: { inputs: true, output: false },
    forward: ([x], { kernels }) => ({
      output: layer.bypass
        ? kernels.reshape(x!, x!.shape)
        : kernels.compute((tf) => tf.reshape(nearest(x!, kernels).values, x!.shape)),
      saved: [],
    }),
    backward({ gradient, inputs: [x], wanted: [wanted] }, { kernels, onGradient }) {
      const found = kernels.compute((tf) => {
        const { rows, chosen, values } = nearest(x!, kernels)
        const apart = tf.mul(tf.sub(rows, values), layer.pull / x!.size)
        return {
          input: tf.add(gradient, tf.reshape(apart, x!.shape)),
          book: tf.mul(tf.matMul(tf.oneHot(chosen as never, words) as Tensor, apart, true, false), -2),
        } as Record<'input' | 'book', Tensor>
      }) as Record<'input' | 'book', Tensor>
      if (onGradient) onGradient(book, found.book)
      else found.book.dispose()
      if (wanted) return [found.input]
      found.input.dispose()
      return [undefined]
    },
    dispose: () => book.dispose(),
  }
}
