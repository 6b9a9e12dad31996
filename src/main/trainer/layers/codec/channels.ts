import type { AwgnLayer, ErasureLayer, Grid, JpegLayer } from '#common/network/codecLayers.ts'
import { gridStep } from '#common/network/codecLayers.ts'
import type { FeatureShape } from '#common/network/graph.ts'
import { eraseBits } from '#common/wire/channel.ts'
import { decodeJpeg } from '#common/wire/jpeg/decode.ts'
import { encodeJpeg } from '#common/wire/jpeg/encode.ts'
import { tile, tilingOf, untile } from '#common/wire/tiling.ts'
import type { Tensor } from '../../backend/kernels.ts'
import type { Operator } from '../operator.ts'
import { weightless } from '../operator.ts'
import { drawnLevel } from './draws.ts'

/** Whatever the link does, the gradient of its output is taken for that of its input (straight-through). */
const straightThrough: Pick<Operator, 'trainables' | 'dispose' | 'needs' | 'backward'> = {
  ...weightless,
  needs: { inputs: false, output: false },
  backward: ({ gradient, wanted: [wanted] }, { kernels }) => [
    wanted ? kernels.reshape(gradient, gradient.shape) : undefined,
  ],
}

/** y = x + σ·n. Without draws nothing is added. */
export const awgnOperator = (layer: AwgnLayer): Operator => ({
  ...straightThrough,
  forward([x], pass) {
    const { kernels, draws } = pass
    if (!draws) return { output: kernels.reshape(x!, x!.shape), saved: [] }
    const sigma = drawnLevel(layer, pass)
    const noise = kernels.upload(
      Float32Array.from({ length: x!.size }, () => sigma * draws.random.normal()),
      x!.shape,
    )
    const output = kernels.add(x!, noise)
    noise.dispose()
    return { output, saved: [] }
  },
})

/** Bits of codes are lost (common/wire/channel.ts). Without draws none is. */
export const erasureOperator = (layer: ErasureLayer): Operator => ({
  ...straightThrough,
  forward([x], pass) {
    const { kernels, draws } = pass
    if (!draws) return { output: kernels.reshape(x!, x!.shape), saved: [] }
    const codes = codesOf(x!, layer)
    const received = eraseBits(codes, layer.bits, drawnLevel(layer, pass), draws.random)
    return { output: kernels.upload(valuesOf(received, layer), x!.shape), saved: [] }
  },
})

/** Codes of every image as one grey JPEG, there and back: what the exported candidate's byte codec does. */
export function jpegOperator(layer: JpegLayer, { channels, height, width }: FeatureShape): Operator {
  const shape = [channels, height, width]
  const image = tilingOf(shape)
  const through = (codes: Uint8Array): Uint8Array => {
    const bytes = encodeJpeg(tile(codes, shape), image.width, image.height, { quality: layer.quality, tables: false })
    return untile(decodeJpeg(bytes, image.width, image.height, layer.quality), shape)
  }
  return {
    ...straightThrough,
    forward([x], { kernels }) {
      const planes = kernels.channelsFirst(x!)
      const codes = codesOf(planes, layer)
      const size = channels * height * width
      for (let at = 0; at < codes.length; at += size) codes.set(through(codes.subarray(at, at + size)), at)
      const received = kernels.upload(valuesOf(codes, layer), planes.shape)
      const output = kernels.channelsLast(received)
      planes.dispose()
      received.dispose()
      return { output, saved: [] }
    },
  }
}

function codesOf(values: Tensor, grid: Grid): Uint8Array {
  const step = gridStep(grid)
  return Uint8Array.from(values.dataSync<'float32'>(), (value) => Math.round((value - grid.low) / step))
}

function valuesOf(codes: Uint8Array, grid: Grid): Float32Array {
  const step = gridStep(grid)
  return Float32Array.from(codes, (code) => Math.fround(code * step) + grid.low)
}
