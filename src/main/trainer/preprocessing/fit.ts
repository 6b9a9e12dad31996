import type { OperatorName } from '#common/experiment/preprocessing.ts'
import { autoencoderHidden, greySize, operators } from '#common/experiment/preprocessing.ts'
import type { Random } from '#common/random.ts'
import type { Backend } from '../backend/index.ts'
import type { ImageSet } from '../data/imageSet.ts'
import { encode, fitAutoencoder } from './autoencoder.ts'
import { codedSet, codesAtOnce, rangesOf } from './codes.ts'
import { averagePool, medianFilter } from './filters.ts'
import { fitComponents, project } from './pca.ts'

/** What the edge makes of images: bytes in the form of smaller images, or k of them in the channels of one pixel. */
export type Apply = (set: ImageSet) => ImageSet

/** Learns an operator from training images, [count, 28, 28, 1]; those that have nothing to learn are there at once. */
export async function fitOperator(
  name: OperatorName,
  train: ImageSet,
  {
    backend,
    rng,
    signal,
    onProgress,
  }: { backend: Backend; rng: Random; signal: AbortSignal; onProgress?: (share: number) => void },
): Promise<Apply> {
  const { kind, size } = operators[name]
  switch (kind) {
    case 'raw':
      return (set) => set
    case 'pool':
      return (set) => averagePool(set, size)
    case 'median-pool':
      return (set) => averagePool(medianFilter(set), size)
    case 'pca': {
      const components = await fitComponents(train, size, backend, rng, signal)
      const values = (set: ImageSet) => (from: number, count: number) => project(set, from, count, components, backend)
      return coded(train, size, values)
    }
    case 'autoencoder': {
      const network = await fitAutoencoder(
        train,
        [greySize ** 2, autoencoderHidden, size],
        backend,
        rng,
        signal,
        onProgress,
      )
      return coded(train, size, (set) => (from, count) => encode(set, from, count, network, backend))
    }
  }
}

/** Codes whose ends are what the training images span. */
function coded(
  train: ImageSet,
  k: number,
  values: (set: ImageSet) => (from: number, count: number) => Float32Array,
): Apply {
  let ranges = rangesOf(new Float32Array(0), k)
  const own = values(train)
  for (let at = 0; at < train.count; at += codesAtOnce) {
    ranges = rangesOf(own(at, Math.min(codesAtOnce, train.count - at)), k, ranges)
  }
  return (set) => codedSet(set, k, ranges, values(set))
}
