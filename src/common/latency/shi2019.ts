import type { Link } from '../contract/config.ts'
import type { BestCut, ShiCut } from './shi.ts'
import { bestShiCut } from './shi.ts'

/**
 * What Shi et al. (INFOCOM Workshops 2019) published, VGG16 on CIFAR-10: abstract of the paper; γ from the table in
 * Hitachi's article of 2020, which rounds the latency gain to 4.8×.
 */
export const shi2019 = {
  transmissionReduction: 25.6,
  computationAcceleration: 6.01,
  endToEndGain: 4.81,
  gamma: 5,
  link: { name: 'wifi', rateMbps: 18.88, rttMs: null } satisfies Link,
  /** Time of the unpruned network in the authors' logs, ms per image on their server. */
  unprunedMs: 24.84,
  imageBytes: 3072,
} as const

/**
 * The published end-to-end gain from numbers that do not contain it (frameworks.md §1.5): the image is sent as uint8
 * and the server runs the whole network, unpruned or `computationAcceleration` times faster. A reconstruction: the
 * paper's table was not retrievable.
 */
export function reconstructedGain(): number {
  const upload = { point: 'input', headMs: 0, bytes: shi2019.imageBytes }
  const original: ShiCut = { ...upload, tailMs: shi2019.unprunedMs }
  const pruned: ShiCut = { ...upload, tailMs: shi2019.unprunedMs / shi2019.computationAcceleration }
  const ms = (cut: ShiCut): number => bestShiCut([cut], shi2019.gamma, shi2019.link)!.ms
  return ms(original) / ms(pruned)
}

/**
 * The authors' own logs (github.com/ShiWenqi/2-step-pruning, frameworks.md §7.6): elements that cross and cumulative
 * ms on their server, for the original network, step 1 and step 2.
 */
const logs: readonly [point: string, elements: [number, number, number], cumulativeMs: [number, number, number]][] = [
  ['conv1', [65_536, 46_080, 9_216], [0.33, 0.34, 0.31]],
  ['conv2', [65_536, 35_840, 5_120], [2.99, 1.45, 1.31]],
  ['pool1', [16_384, 8_960, 1_280], [3.37, 1.62, 1.46]],
  ['conv3', [32_768, 18_688, 3_328], [4.65, 2.05, 1.87]],
  ['conv4', [32_768, 17_664, 2_304], [7.04, 2.73, 2.49]],
  ['pool2', [8_192, 4_416, 576], [7.21, 2.8, 2.56]],
  ['conv5', [16_384, 5_632, 1_024], [8.41, 3.01, 2.78]],
  ['conv6', [16_384, 6_144, 1_152], [10.6, 3.28, 3.07]],
  ['conv7', [16_384, 6_272, 896], [12.99, 3.59, 3.35]],
  ['pool3', [4_096, 1_568, 224], [13.08, 3.61, 3.37]],
  ['conv8', [8_192, 2_256, 384], [14.33, 3.75, 3.47]],
  ['conv9', [8_192, 2_240, 368], [16.59, 3.91, 3.62]],
  ['conv10', [8_192, 2_512, 432], [19.01, 4.08, 3.78]],
  ['pool4', [2_048, 628, 108], [19.07, 4.1, 3.79]],
  ['conv11', [2_048, 412, 76], [21.08, 4.22, 3.89]],
  ['conv12', [2_048, 356, 68], [23.01, 4.28, 3.95]],
  ['conv13', [2_048, 744, 120], [24.88, 4.4, 4.04]],
  ['pool5', [512, 186, 30], [24.9, 4.4, 4.05]],
]

export const shiModels = ['original', 'step 1', 'step 2'] as const
export type ShiModel = (typeof shiModels)[number]

/** The cuts of one of the authors' networks, 8-bit features; `input` sends the uint8 image, `output` 10 bytes. */
export function loggedCuts(model: ShiModel): ShiCut[] {
  const index = shiModels.indexOf(model)
  const total = logs.at(-1)![2][index]!
  return [
    { point: 'input', headMs: 0, tailMs: total, bytes: shi2019.imageBytes },
    ...logs.map(([point, elements, ms]) => ({
      point,
      headMs: ms[index]!,
      tailMs: total - ms[index]!,
      bytes: elements[index]!,
    })),
    { point: 'output', headMs: total, tailMs: 0, bytes: 10 },
  ]
}

/** Best cut of the authors' logs on a link at γ 5 (frameworks.md §4.2): a reconstruction of their Table 1. */
export const reconstructedCut = (model: ShiModel, link: Link): BestCut =>
  bestShiCut(loggedCuts(model), shi2019.gamma, link)!
