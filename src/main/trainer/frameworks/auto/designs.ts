import type { AutoConfig } from '#common/contract/config.ts'
import type { PartitionPoint } from '#common/network/partition.ts'
import type { Arm } from '#common/search/search.ts'
import type { Codec } from '../../codecs/insert.ts'
import { codecCuts, codeWidths, shareName } from '../../codecs/recipe.ts'
import type { Base, ExportRequest, RecipeOptions } from '../lab.ts'

/** What `auto` searches among: cuts, prunings, heads and codes. */

export interface Design extends Arm {
  point: PartitionPoint
  /** What is pruned: nothing, the layers before the cut, or all. */
  region: 'none' | 'head' | 'all'
  /** Share of the region's filters that stay; which layers they are in, their scores say. */
  keep: number
  /** What the device computes in. Both stand on one training: int8 comes after it. */
  head: AutoConfig['heads'][number]
  /** Channels of the code and what share of the point's they are; null at `output`, where the logits cross as 8-bit codes. */
  code: { width: number; share: number; bits: number } | null
}

/**
 * Of every cut, pruning and head the design with the widest code of the most bits; of the whole network on the device those
 * that are not only-splitting's.
 */
export function structures(
  { points }: Pick<Base, 'points'>,
  { codec, auto: { keeps, heads } }: Pick<RecipeOptions, 'codec' | 'auto'>,
): Design[] {
  const prunings = keeps.flatMap((keep, index): Pick<Design, 'region' | 'keep' | 'knobs'>[] =>
    keep === 1
      ? [{ region: 'none', keep, knobs: [0, 0] }]
      : [
          // The filters that stay are shared out anew among all layers: neither region goes further than the other.
          { region: 'head', keep, knobs: [1 + index, 0] },
          { region: 'all', keep, knobs: [0, 1 + index] },
        ],
  )
  const cuts = codecCuts(points, codec).flatMap((point) => {
    const [widest] = codeWidths(point.shape.channels, codec)
    return prunings.map((one) => ({ ...one, point, code: { ...widest!, bits: codec.bits[0]! } }))
  })
  const output = points.find(({ name }) => name === 'output')
  const whole = output
    ? prunings.filter(({ region }) => region !== 'head').map((one) => ({ ...one, point: output, code: null }))
    : []
  return [...cuts, ...whole]
    .flatMap((one) =>
      heads.map((head) => ({
        ...{ ...one, head, knobs: [...one.knobs, Number(head === 'int8')] },
        ...{ id: `${structureId(one)}${head === 'int8' ? '/int8' : ''}`, family: one.point.name, estimateMs: 0 },
      })),
    )
    .filter((one) => !isBaseline(one))
}

/** The unpruned network on the device: what only-splitting has at `output`, unless its head computes in int8. */
export const isBaseline = (design: Pick<Design, 'code' | 'region' | 'head'>): boolean =>
  isUntrained(design) && design.head === 'dense'

/** Nothing pruned, nothing coded: there is nothing to train. */
export const isUntrained = ({ code, region }: Pick<Design, 'code' | 'region'>): boolean =>
  code === null && region === 'none'

export const structureId = ({ point, region, keep }: Pick<Design, 'point' | 'region' | 'keep'>): string =>
  `${point.name}/${region}-${keep}`

/** The widths and bits of a structure. */
export const variants = (design: Design, { codec }: Pick<RecipeOptions, 'codec'>): Design[] =>
  design.code === null
    ? [{ ...design, knobs: [...design.knobs, 0, 0] }]
    : codeWidths(design.point.shape.channels, codec).flatMap(({ width, share }, narrow) =>
        codec.bits.map((bits, coarse) => ({
          ...design,
          id: `${design.id}/${width}-${bits}`,
          knobs: [...design.knobs, narrow, coarse],
          code: { width, share, bits },
        })),
      )

/** "C/16, 4-bit, 0.5 of all filters, int8 head". */
export function stepOf({ code, region, keep, head }: Design): string {
  const pruning = region === 'none' ? 'unpruned' : `${keep} of ${region === 'all' ? 'all' : "the head's"} filters`
  const codes = code ? [shareName(code.share), `${code.bits}-bit`] : []
  return [...codes, pruning, ...(head === 'int8' ? ['int8 head'] : [])].join(', ')
}

export const nameOf = (design: Design): string => `${design.point.name}, ${stepOf(design)}`

export const splitOf = ({ point, head }: Design) =>
  ({ point: point.name, form: 'uint8', head }) as const satisfies Partial<ExportRequest>

/** 1×1 convolution, BN, tanh | uniform codes | 3×3 convolution, BN, ReLU. */
export const lightCodec = (channels: number, width: number, bits: number): Codec => ({
  encoder: [
    { op: 'conv', name: 'encoder.conv', filters: width, kernel: 1, stride: 1, bias: false },
    { op: 'batchnorm', name: 'encoder.bn' },
    { op: 'activation', name: 'encoder.tanh', kind: 'tanh' },
  ],
  wire: [{ op: 'quantise', name: 'wire.quantise', bits, low: -1, high: 1, pull: 0 }],
  decoder: [
    { op: 'conv', name: 'decoder.conv', filters: channels, kernel: 3, stride: 1, padding: 1, bias: false },
    { op: 'batchnorm', name: 'decoder.bn' },
    { op: 'relu', name: 'decoder.relu' },
  ],
})
