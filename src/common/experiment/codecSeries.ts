import type { CodecConfig } from '../contract/config.ts'

/** Frameworks that put a learned codec at a point, in the order of reports, and how many candidates each makes there. */
export const codecFrameworks = ['bottlenet-pp'] as const
export type CodecFramework = (typeof codecFrameworks)[number]

const perPoint: Record<CodecFramework, (config: CodecConfig) => number> = {
  // Erasure and Gaussian noise.
  'bottlenet-pp': ({ widths, reductions }) => 2 * widths.length * reductions.length,
}

export const codecCandidates = (name: CodecFramework, config: CodecConfig): number => perPoint[name](config)
