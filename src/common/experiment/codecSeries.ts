import type { Ablation, BiasReading, CodecConfig } from '../contract/config.ts'

/** What SAFBMP does where nothing else is asked for. */
export const defaultReadings: readonly BiasReading[] = ['closed-form']
export const defaultAblations: readonly Ablation[] = ['no-pruning', 'no-coding']

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
  // Uniform codes of every number of bits, and learned words; vectors of one width, and an index for the whole image.
  ccto: {
    candidates: ({ widths, sparsities, bits }) => ((bits.length + 1) * widths.length + 2) * sparsities.length,
    trains: true,
  },
  jscc: { candidates: ({ widths, ratios, snrs }) => widths.length * ratios.length * snrs.length, trains: true },
  // Whole by the first reading, one width by every other; without pruning (one width), without coding, without either.
  safbmp: {
    candidates: ({ widths, sparsities, bits, biasReadings = defaultReadings, ablations: left = defaultAblations }) =>
      (widths.length * bits.length + biasReadings.length - 1 + Number(left.includes('no-coding'))) * sparsities.length +
      Number(left.includes('no-pruning')) +
      Number(left.includes('neither')),
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
