import type { Split } from '#common/contract/split.ts'

/** A split of one uint8 number: for agents that never look at it. */
export const smallestSplit: Split = {
  protocol: 1,
  framework: 'only-splitting',
  partitionPoint: 'pool1',
  features: { type: 'uint8', shape: [1], scale: 1, offset: 0 },
  bits: 8,
  packing: 'raw',
  tiling: 'none',
  compressor: 'none',
  lossy: false,
  channel: { kind: 'ideal' },
  header: 16,
  mean: [0],
  std: [1],
  classes: 2,
}
