import type { Model } from '#common/network/weights.ts'
import type { Forward } from '../../src/main/trainer/candidates/forward.ts'
import { referenceOutputs, referenceTail } from './referenceNetwork.ts'

/** What the trainer computes, from the independent reference instead of a backend; for small networks only. */
export function referenceForward(model: Model): Forward {
  const { network } = model
  const last = network.layers.at(-1)!.name
  const features: Forward['features'] = (images, count, names) => {
    const length = images.length / count
    const perImage = Array.from({ length: count }, (_, i) =>
      referenceOutputs(model, images.subarray(i * length, (i + 1) * length)),
    )
    return new Map(names.map((name) => [name, concatenated(perImage.map((outputs) => outputs.get(name)!.data))]))
  }
  return {
    features,
    predict: async (images, count) => (await features(images, count, [last])).get(last)!,
    tail: (values, count, afterLayer) => {
      const shape = referenceOutputs(model, new Uint8Array(imageBytes(model))).get(afterLayer)!
      const length = values.length / count
      return concatenated(
        Array.from({ length: count }, (_, i) => {
          const data = Float64Array.from(values.subarray(i * length, (i + 1) * length))
          return referenceTail(model, afterLayer, { ...shape, data }).data
        }),
      )
    },
  }
}

function imageBytes({ network }: Model): number {
  const [input] = network.layers
  return input.op === 'input' ? input.channels * input.height * input.width : 0
}

const concatenated = (arrays: Float64Array[]): Float32Array =>
  Float32Array.from({ length: arrays.length * arrays[0].length }, (_, i) => {
    const length = arrays[0].length
    return arrays[Math.floor(i / length)][i % length]
  })
