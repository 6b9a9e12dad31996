import { CodedError } from '../errors.ts'
import type { PlanItem, Throughput } from './plan.ts'

/** Side of the grey images that edge pre-processing is about (MNIST's). */
export const greySize = 28
const pixels = greySize ** 2

/** What an edge server makes of an image before the cluster's network sees it; one byte per value crosses the link. */
export interface Operator {
  title: string
  kind: 'raw' | 'pca' | 'pool' | 'median-pool' | 'autoencoder'
  /** Components of a code, or the side of the square that a pool makes one. */
  size: number
  /** Bytes of an image on the link. */
  bytes: number
  /** Multiply-accumulates for an image at the edge. */
  macs: number
}

const hidden = 128
const pca = (size: number): Operator => ({
  title: `PCA to ${size} components`,
  ...{ kind: 'pca', size, bytes: size, macs: size * pixels },
})
const pool = (kind: 'pool' | 'median-pool', size: number): Operator => ({
  title: `${kind === 'pool' ? '' : '3×3 median filter, then '}${size}×${size} average pooling`,
  ...{ kind, size, bytes: (greySize / size) ** 2, macs: 0 },
})

/** By the names that users type (frameworks.md §15). */
export const operators = {
  raw: { title: 'the image itself', kind: 'raw', size: 1, bytes: pixels, macs: 0 },
  'pca-32': pca(32),
  'pool-2': pool('pool', 2),
  'pool-4': pool('pool', 4),
  'median-pool-2': pool('median-pool', 2),
  'autoencoder-32': {
    title: `denoising autoencoder ${pixels}-${hidden}-32`,
    ...{ kind: 'autoencoder', size: 32, bytes: 32, macs: pixels * hidden + hidden * 32 },
  },
  'pca-16': pca(16),
  'pca-64': pca(64),
  'pca-128': pca(128),
} as const satisfies Record<string, Operator>

export type OperatorName = keyof typeof operators
export const operatorNames = Object.keys(operators) as OperatorName[]
export const autoencoderHidden = hidden

/** Compared unasked; other widths of PCA where they are named. */
const byDefault: readonly OperatorName[] = operatorNames.filter((name) => !/^pca-(16|64|128)$/.test(name))

/** "all" (one PCA), or names separated by commas, in the order of reports. Throws `unknown-name`. */
export function parseOperators(text: string): OperatorName[] {
  if (text === 'all') return [...byDefault]
  const asked = text.split(',').map((name) => name.trim())
  for (const name of asked) {
    if (Object.hasOwn(operators, name)) continue
    throw new CodedError(
      'unknown-name',
      `Unknown operator "${name}".`,
      `Operators: ${operatorNames.join(', ')}, or all.`,
    )
  }
  return operatorNames.filter((name) => asked.includes(name))
}

/** What a job of it is called. */
export const titleOfPreprocessing = ({ operators: names }: { operators: readonly string[] }): string =>
  `Pre-process at the edge in ${names.length} ways`

/** Of LeNet-5 on whole images, forward, for one image; what smaller inputs need is less. */
const lenetMacs = 416_520
/** Small layers do not reach the speed of large ones; and fitting, coding and testing beside training. */
const slowness = 4
const overheadS = 2

/** The parts of a sweep with the seconds that they are expected to take. */
export function planPreprocessing(
  {
    operators: names,
    images,
    seeds,
    epochs,
  }: { operators: readonly string[]; images: readonly number[]; seeds: readonly number[]; epochs: number },
  { trainMacsPerS }: Throughput,
): PlanItem[] {
  const most = Math.max(...images)
  const trained = images.reduce((sum, count) => sum + (slowness * count * epochs * lenetMacs) / trainMacsPerS, 0)
  return [
    { phase: 'data', title: 'Reading images', seconds: 1 + most / 10_000 },
    {
      phase: 'preprocess',
      title: 'Pre-processing and training',
      seconds: names.length * seeds.length * (trained + images.length * overheadS),
    },
  ]
}
