import type { Candidate, Comparison } from '#common/contract/result.ts'

/**
 * The row that stays on top and that every gain in a table refers to: only-splitting cut at `input`, i.e. the image is
 * sent and the unpruned network runs on the server. It exists for every network, device and link, needs no split model
 * on the device, and is what a user has before a split is made. (The summary's gain is against the best unpruned cut,
 * which may be another one.)
 */
export const baselineCandidate = ({ candidates }: Comparison): Candidate | undefined =>
  candidates.find(({ framework, partitionPoint }) => framework === 'only-splitting' && partitionPoint === 'input')
