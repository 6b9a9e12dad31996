import type { Grid } from '#common/network/codecLayers.ts'
import type { PartitionPoint } from '#common/network/partition.ts'
import type { Codec, CodecPart } from '../codecs/insert.ts'
import { codecCuts, codeWidths, fitNewCodec, fitTogether, shareName, withCodec } from '../codecs/recipe.ts'
import type { Recipe } from './lab.ts'

const framework = 'bottlenet-pp'

/** What crosses lies in (0, 1) behind the sigmoid; on the erasure channel as codes, bytes as published: round(255 x). */
const grid = (bits: number): Grid => ({ bits, low: 0, high: 1 })

/**
 * The channels of the published commands with their largest parameter: training draws from 0 to it, candidates are judged
 * at it. σ 0.1 at peak 1 is 20 dB.
 */
const channels = {
  erasure: { level: 0.01, wire: bitErasure },
  awgn: { level: 0.1, wire: gaussianNoise },
} as const
type ChannelName = keyof typeof channels

/** Bits of a code on the erasure channel, as published. */
const published = 8

/**
 * BottleNet++ (Shao & Zhang, ICC Workshops 2020; frameworks.md §9): the network is trained (phase 1), a small encoder and
 * decoder around a channel layer learn with everything else frozen (phase 2), then all of it together (phase 3). A plane
 * tells the encoder what the channel is like, so that one model covers a range of channels.
 *
 * Differences from the authors' code, on purpose: the decoder mirrors its encoder (their two branches are swapped), a byte
 * is round(255 x) (their 256 x overflows), and evaluation is at the fixed parameter, averaged over draws.
 */
export const bottlenetPP: Recipe = async function* (base, { codec: recipe }, lab) {
  const jobs = codecCuts(base.points, recipe).flatMap((point) =>
    (Object.keys(channels) as ChannelName[]).flatMap((channel) =>
      recipe.reductions
        .filter((side) => point.shape.height % side === 0)
        .flatMap((side) =>
          codeWidths(point.shape.channels, recipe).flatMap((width) =>
            // Symbols have no bits.
            (channel === 'awgn' ? [published] : recipe.bits).map((bits) => ({ point, channel, side, bits, ...width })),
          ),
        ),
    ),
  )
  const title = 'BottleNet++: training codecs'
  for (const [index, { point, channel, side, width, share, bits }] of jobs.entries()) {
    const coarse = bits === published ? '' : `, ${bits}-bit`
    const step = `${channel} ${shareName(share)}${side === 1 ? '' : `, ${side}×${side}`}${coarse}`
    lab.progress(framework, title, 'candidates', index, jobs.length, `${point.name}, ${step}`)
    const key = `${framework}/${point.name}/${channel}-${width}-${side}${bits === published ? '' : `-${bits}`}`
    const codec = bottleneck(point, { channel, width, side, bits })
    const frozen = await lab.stage(`${key}/frozen`, () =>
      fitNewCodec(lab, withCodec(lab, base.model, point.name, codec, key), point, {
        epochs: recipe.frozenEpochs,
        rate: recipe.frozenRate,
        stream: `${key}/frozen`,
      }),
    )
    const { model, validationAccuracy } = await fitTogether(lab, frozen, key, recipe)
    lab.metric(framework, index, { frozen: frozen.validationAccuracy, joint: validationAccuracy })
    const candidate = await lab.export(model, { framework, step, point: point.name, form: 'uint8', validationAccuracy })
    yield { kind: 'candidate', candidate }
  }
  lab.progress(framework, title, 'candidates', jobs.length, jobs.length)
}

/**
 * Condition plane, convolution, BN, sigmoid | channel | convolution, BN, ReLU. `side` 1: 3×3 convolutions on the map as it
 * is; s: s×s with stride s, and its transposed convolution.
 */
export function bottleneck(
  { shape: { channels: count } }: Pick<PartitionPoint, 'shape'>,
  { channel, width, side, bits = published }: { channel: ChannelName; width: number; side: number; bits?: number },
): Codec {
  const { level, wire } = channels[channel]
  const narrow: CodecPart =
    side === 1
      ? { op: 'conv', name: 'encoder.conv', filters: width, kernel: 3, stride: 1, padding: 1, bias: false }
      : { op: 'conv', name: 'encoder.conv', filters: width, kernel: side, stride: side, bias: false }
  const widen: CodecPart =
    side === 1
      ? { op: 'conv', name: 'decoder.conv', filters: count, kernel: 3, stride: 1, padding: 1, bias: false }
      : { op: 'transposed', name: 'decoder.conv', filters: count, kernel: side, bias: false }
  return {
    encoder: [
      { op: 'condition', name: 'encoder.condition', level, limit: level },
      narrow,
      { op: 'batchnorm', name: 'encoder.bn' },
      { op: 'activation', name: 'encoder.sigmoid', kind: 'sigmoid' },
    ],
    wire: wire(level, bits),
    decoder: [widen, { op: 'batchnorm', name: 'decoder.bn' }, { op: 'relu', name: 'decoder.relu' }],
  }
}

function bitErasure(level: number, bits: number): CodecPart[] {
  return [
    { op: 'quantise', name: 'wire.quantise', ...grid(bits), pull: 0 },
    { op: 'erasure', name: 'wire.erasure', ...grid(bits), level, limit: level },
  ]
}

function gaussianNoise(level: number): CodecPart[] {
  return [{ op: 'awgn', name: 'wire.awgn', level, limit: level }]
}
