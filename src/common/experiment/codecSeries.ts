import type { CodecConfig } from '../contract/config.ts'

/** Frameworks that put a learned codec at a point, in the order of reports, and how many candidates each makes there. */
export const codecFrameworks = ['bottlenet', 'bottlenet-pp', 'ccto', 'jscc', 'safbmp'] as const
export type CodecFramework = (typeof codecFrameworks)[number]

const perPoint: Record<CodecFramework, (config: CodecConfig) => number> = {
  bottlenet: ({ widths, reductions, qualities }) => widths.length * reductions.length * qualities.length,
  // Erasure and Gaussian noise.
  'bottlenet-pp': ({ widths, reductions }) => 2 * widths.length * reductions.length,
  // Uniform codes and learned words.
  ccto: ({ widths, sparsities }) => 2 * widths.length * sparsities.length,
  // Whole, without pruning (one width), without coding.
  safbmp: ({ widths, sparsities }) => (widths.length + 1) * sparsities.length + 1,
  jscc: ({ widths, ratios, snrs }) => widths.length * ratios.length * snrs.length,
}

export const codecCandidates = (name: CodecFramework, config: CodecConfig): number => perPoint[name](config)
