import { decodeLookupHead } from '#common/lookup/headFile.ts'
import { isFlat } from '#common/network/flat.ts'
import { inferShapes } from '#common/network/shapes.ts'
import type { Session, TensorData } from '../onnxruntime.ts'
import { loadLookupHead } from './head.ts'

const [input, output] = ['image', 'features'] as const

/**
 * A look-up head behind the interface of a session of ONNX Runtime, so that whoever checks, times or cooperates does the
 * same for both. Images uint8 [N, 3, H, W], one after another on one thread. Throws as decodeLookupHead and loadLookupHead do.
 */
export function createLookupSession(bytes: Uint8Array): Session {
  const head = decodeLookupHead(bytes)
  const run = loadLookupHead(head)
  const last = head.network.layers.at(-1)!.name
  const { channels, height, width } = inferShapes(head.network).get(last)!
  const shape = isFlat(head.network, last) ? [channels] : [channels, height, width]
  const size = channels * height * width
  const all = (images: Uint8Array, count: number): TensorData => {
    if (count === 1) return run(images)
    const length = images.length / count
    const features = head.coding.type === 'float32' ? new Float32Array(count * size) : new Uint8Array(count * size)
    for (let i = 0; i < count; i++) features.set(run(images.subarray(i * length, (i + 1) * length)), i * size)
    return features
  }
  return {
    input,
    output,
    session: {
      async run(feeds) {
        const image = feeds[input]!
        const count = image.dims[0] ?? 1
        return { [output]: { data: all(image.data as Uint8Array, count), dims: [count, ...shape] } }
      },
      async release() {},
    },
  }
}
