import type { Split } from '#common/contract/split.ts'
import type { WireLayer } from '#common/network/codecLayers.ts'
import type { Channel } from '#common/wire/channel.ts'
import { rangePrior } from '#common/wire/rangeCoder.ts'
import type { FeatureCoding } from '../onnx/coding.ts'

/** How the codes of a candidate become bytes; WebP is for images alone. JPEG's quality stands in the codec's wire, where training went through it. */
export type ByteForm =
  | { compressor: 'none' | 'deflate' | 'brotli' | 'zstd' | 'range' | 'png' }
  | { compressor: 'jpeg' | 'webp'; quality: number }

type ByteFields = Pick<Split, 'bits' | 'packing' | 'tiling' | 'compressor' | 'quality' | 'prior' | 'lossy' | 'channel'>

/** Bits of one code. */
export function bitsOf(coding: FeatureCoding): number {
  switch (coding.type) {
    case 'float32':
      return 32
    case 'uint8':
      return Math.log2((coding.levels ?? 255) + 1)
    case 'scalars':
      return Math.log2(coding.words.length)
    case 'vectors':
      return Math.log2(coding.words.length / coding.size)
  }
}

/**
 * The fields of split.json that say how features become bytes and what the link does to them. `calibration`: codes of
 * training images, one array each, from which the range coder's first probabilities come. `ofImage`: the image itself crosses.
 */
export function byteFields(
  coding: FeatureCoding,
  wire: readonly WireLayer[],
  asked: ByteForm | undefined,
  calibration: readonly Uint8Array[],
  ofImage = false,
): ByteFields {
  const bits = bitsOf(coding)
  const jpeg = wire.find((layer) => layer.op === 'jpeg')
  const form: ByteForm = jpeg ? { compressor: 'jpeg', quality: jpeg.quality } : (asked ?? { compressor: 'none' })
  const image = form.compressor === 'png' || form.compressor === 'jpeg'
  return {
    bits,
    packing: bits < 8 && form.compressor === 'none' ? 'dense' : 'raw',
    // Colour planes lose a little, as JPEG does anyway.
    tiling: image ? (ofImage && form.compressor === 'jpeg' ? 'colour' : 'grid') : 'none',
    compressor: form.compressor,
    ...('quality' in form ? { quality: form.quality } : {}),
    ...(form.compressor === 'range' ? { prior: Buffer.from(rangePrior(calibration, bits)).toString('hex') } : {}),
    lossy: 'quality' in form,
    channel: channelOf(wire),
  }
}

function channelOf(wire: readonly WireLayer[]): Channel {
  for (const layer of wire) {
    if (layer.op === 'awgn') return { kind: 'awgn', sigma: layer.level }
    if (layer.op === 'erasure') return { kind: 'erasure', probability: layer.level }
  }
  return { kind: 'ideal' }
}

/** What a report calls the codec of a candidate: "float32", "uint8 deflate", "4-bit", "8-bit jpeg 20", "symbols, σ 0.1". */
export function codecName({
  features,
  bits,
  compressor,
  quality,
  channel,
}: ByteFields & Pick<Split, 'features'>): string {
  if (channel.kind === 'awgn') return `symbols, σ ${Number(channel.sigma.toPrecision(3))}`
  const type = features.type === 'uint8' && bits < 8 ? `${bits}-bit` : features.type
  const coder = compressor === 'none' ? '' : ` ${compressor}${quality == null ? '' : ` ${quality}`}`
  const loss = channel.kind === 'erasure' ? `, ${Number((100 * channel.probability).toPrecision(3))} % erased` : ''
  return `${type}${coder}${loss}`
}
