import type { Grid } from '#common/network/codecLayers.ts'
import type { Codec, CodecPart } from '../codecs/insert.ts'
import { codecCuts, codeWidths, fitCodec, fitNewCodec, fitTogether, shareName, withCodec } from '../codecs/recipe.ts'
import type { Recipe } from './lab.ts'

const framework = 'bottlenet'

/** Share of the frozen epochs that the units learn in before JPEG comes between them (5 of 15 in frameworks.md §8.4). */
const withoutJpeg = 1 / 3
/** Images that the range of the 8-bit codes is taken from, and the share of their values that lie inside it. */
const rangeImages = 1_000
const insideShare = 0.999

/**
 * BottleNet (Eshratifar, Esmaili, Pedram, ISLPED 2019; frameworks.md §8): a reduction unit on the device and a restoration
 * unit on the server, with a real JPEG of the tiled 8-bit maps between them, in training too: its gradient is taken for the
 * identity. The units learn without JPEG, then with it, then the whole network does. A payload is an abbreviated JPEG
 * stream (ITU-T T.81 §B.5): both ends know its tables, which would be most of a small image.
 */
export const bottlenet: Recipe = async function* (base, { codec: recipe }, lab) {
  const jobs = codecCuts(base.points, recipe).flatMap((point) =>
    recipe.reductions
      .filter((side) => point.shape.height % side === 0)
      .flatMap((side) =>
        codeWidths(point.shape.channels, recipe).flatMap((width) =>
          recipe.qualities.map((quality) => ({ point, side, quality, ...width })),
        ),
      ),
  )
  const title = 'BottleNet: training codecs through JPEG'
  for (const [index, { point, side, width, share, quality }] of jobs.entries()) {
    const step = `${shareName(share)}${side === 1 ? '' : `, ${side}×${side}`}, quality ${quality}`
    lab.progress(framework, title, 'candidates', index, jobs.length, `${point.name}, ${step}`)
    const units = bottleneck(point.shape.channels, width, side)
    const bare = `${framework}/${point.name}/${width}-${side}`
    const plain = await lab.stage(`${bare}/units`, () =>
      fitNewCodec(lab, withCodec(lab, base.model, point.name, { ...units, wire: [] }, bare), point, {
        epochs: recipe.frozenEpochs * withoutJpeg,
        rate: recipe.frozenRate,
        stream: `${bare}/units`,
      }),
    )
    const key = `${bare}-q${quality}`
    const compressed = await lab.stage(`${key}/jpeg`, async () => {
      const sent = `${point.name}.encoder.${side === 1 ? 'relu' : 'reduce.relu'}`
      const high = percentile(await lab.features(plain.model, sent, rangeImages), insideShare)
      const codec = { ...units, wire: jpegWire({ bits: 8, low: 0, high }, quality) }
      return fitCodec(lab, withCodec(lab, base.model, point.name, codec, bare, plain.model), point, {
        epochs: recipe.frozenEpochs * (1 - withoutJpeg),
        rate: recipe.frozenRate,
        stream: `${key}/jpeg`,
      })
    })
    const { model, validationAccuracy } = await fitTogether(lab, compressed, key, recipe)
    lab.metric(framework, index, {
      withoutJpeg: plain.validationAccuracy,
      jpeg: compressed.validationAccuracy,
      joint: validationAccuracy,
    })
    const candidate = await lab.export(model, { framework, step, point: point.name, form: 'uint8', validationAccuracy })
    yield { kind: 'candidate', candidate }
  }
  lab.progress(framework, title, 'candidates', jobs.length, jobs.length)
}

/** 1×1 convolution C → c', then s×s with stride s; and back. `side` 1: no spatial part. */
export function bottleneck(channels: number, width: number, side: number): Pick<Codec, 'encoder' | 'decoder'> {
  const unit = (name: string, layer: CodecPart): CodecPart[] => [
    layer,
    { op: 'batchnorm', name: `${name}bn` },
    { op: 'relu', name: `${name}relu` },
  ]
  const pointwise = (name: string, filters: number): CodecPart => ({
    ...{ op: 'conv', name, filters, kernel: 1, stride: 1, bias: false },
  })
  const reduce: CodecPart = {
    ...{ op: 'conv', name: 'encoder.reduce.conv', filters: width, kernel: side, stride: side, bias: false },
  }
  const restore: CodecPart = {
    op: 'transposed',
    name: 'decoder.restore.conv',
    filters: width,
    kernel: side,
    bias: false,
  }
  return {
    encoder: [
      ...unit('encoder.', pointwise('encoder.conv', width)),
      ...(side === 1 ? [] : unit('encoder.reduce.', reduce)),
    ],
    decoder: [
      ...(side === 1 ? [] : unit('decoder.restore.', restore)),
      ...unit('decoder.', pointwise('decoder.conv', channels)),
    ],
  }
}

const jpegWire = (grid: Grid, quality: number): CodecPart[] => [
  { op: 'quantise', name: 'wire.quantise', ...grid, pull: 0 },
  { op: 'jpeg', name: 'wire.jpeg', ...grid, quality },
]

/** The value below which `share` of them lie; 1 where all are 0. */
function percentile(values: Float32Array, share: number): number {
  const sorted = values.slice().sort()
  const found = sorted[Math.floor(share * (sorted.length - 1))]!
  return found > 0 ? found : 1
}
