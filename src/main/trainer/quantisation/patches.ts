import type { ProductLayout } from '#common/lookup/layout.ts'
import { channelsOf } from '#common/lookup/layout.ts'
import type { FeatureShape, Layer } from '#common/network/graph.ts'
import type { Window } from '#common/network/window.ts'
import { windowOf } from '#common/network/window.ts'
import type { Random } from '#common/random.ts'
import { rowOf } from './responses.ts'

/** Samples of one layer: a few for every row that is fitted, within what a laptop computes in seconds. */
const samplesPerRow = 8
const [fewestSamples, mostSamples] = [4_096, 16_384]
const [fewestImages, mostImages] = [128, 1_024]

/** How many images, and how many of each one's output positions, a layer's responses are learned from. */
export function samplingOf(rows: number, positions: number): { images: number; perImage: number } {
  const wanted = Math.min(mostSamples, Math.max(fewestSamples, samplesPerRow * rows))
  const images = Math.min(mostImages, Math.max(fewestImages, Math.ceil(wanted / positions)))
  return { images, perImage: Math.min(positions, Math.ceil(wanted / images)) }
}

/** Where samples are taken: output positions of every image, without repetition. */
export const chosenPositions = (images: number, perImage: number, positions: number, rng: Random): Int32Array[] =>
  Array.from({ length: images }, () =>
    rng.shuffle(Int32Array.from({ length: positions }, (_, index) => index)).slice(0, perImage),
  )

const point: Window = { kernel: [1, 1], stride: [1, 1], padding: [0, 0, 0, 0] }

/**
 * What a layer reads for the chosen output positions, float32 [samples, rows] in the order of `rowOf`, from its input maps
 * [images, C, H, W]; beside the map are zeros. A dense layer reads its whole input at its only position.
 */
export function patchesOf(
  layout: ProductLayout,
  layer: Layer,
  maps: Float32Array,
  shape: FeatureShape,
  outputWidth: number,
  chosen: readonly Int32Array[],
): Float32Array {
  const { kernel, stride, padding } = layer.op === 'conv' ? windowOf(layer) : point
  const { height, width } = layer.op === 'conv' ? shape : { height: 1, width: 1 }
  const rows = layout.inputs * layout.taps
  const patches = new Float32Array(chosen.reduce((sum, { length }) => sum + length, 0) * rows)
  let sample = 0
  for (const [image, positions] of chosen.entries()) {
    for (const position of positions) {
      const [top, left] = [
        Math.floor(position / outputWidth) * stride[0] - padding[0],
        (position % outputWidth) * stride[1] - padding[1],
      ]
      for (let m = 0; m < layout.subspaces; m++) {
        for (let tap = 0; tap < layout.taps; tap++) {
          const [y, x] = [top + Math.floor(tap / kernel[1]), left + (tap % kernel[1])]
          if (y < 0 || x < 0 || y >= height || x >= width) continue
          const at = sample * rows + rowOf(layout, m, tap, 0)
          for (let c = 0; c < channelsOf(layout, m); c++) {
            patches[at + c] = maps[((image * layout.inputs + m * layout.size + c) * height + y) * width + x]
          }
        }
      }
      sample++
    }
  }
  return patches
}
