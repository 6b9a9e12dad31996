import type { CodecConfig } from '../contract/config.ts'

/** What the plan has to know of a framework that works at given points. */
interface Series {
  /** Candidates that it makes at one point. */
  candidates(config: CodecConfig): number
  /** Whether it trains by the profile's epochs. */
  trains: boolean
}

/** Frameworks that change the network at a point, by their names, in the order of reports. */
const series = {
  bottlenet: {
    candidates: ({ widths, reductions, qualities }) => widths.length * reductions.length * qualities.length,
    trains: true,
  },
  // Erasure with every number of bits, and Gaussian noise.
  'bottlenet-pp': {
    candidates: ({ widths, reductions, bits }) => (bits.length + 1) * widths.length * reductions.length,
    trains: true,
  },
  // Uniform codes of every number of bits, and learned words.
  ccto: {
    candidates: ({ widths, sparsities, bits }) => (bits.length + 1) * widths.length * sparsities.length,
    trains: true,
  },
  jscc: { candidates: ({ widths, ratios, snrs }) => widths.length * ratios.length * snrs.length, trains: true },
  // Whole, without pruning (one width), without coding.
  safbmp: {
    candidates: ({ widths, sparsities, bits }) => (widths.length * bits.length + 1) * sparsities.length + 1,
    trains: true,
  },
  // Two counts of words: nearest to the weights, by responses, and these as tables.
  'q-cnn': { candidates: () => 6, trains: false },
} satisfies Record<string, Series>

/** The points that a framework takes of those at which codecs are tried; null = all of them. */
export const seriesPoints = (name: string, { points, symbolPoints }: CodecConfig): string[] | null =>
  name === 'jscc' && symbolPoints ? symbolPoints.filter((one) => points?.includes(one) ?? true) : points

export type CodecFramework = keyof typeof series
export const codecFrameworks = Object.keys(series) as CodecFramework[]

export const codecCandidates = (name: CodecFramework, config: CodecConfig): number => series[name].candidates(config)
export const trainsCodecs = (name: CodecFramework): boolean => series[name].trains
