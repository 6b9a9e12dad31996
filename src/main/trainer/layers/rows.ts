import type { FeatureShape } from '#common/network/graph.ts'
import type { Kernels, Tensor } from '../backend/kernels.ts'

/** [N, H, W, C] → [N, C·H·W] in the order of NCHW; a new tensor. */
export function toRows(maps: Tensor, { channels, height, width }: FeatureShape, kernels: Kernels): Tensor {
  const shape = [maps.shape[0]!, channels * height * width]
  if (height * width === 1) return kernels.reshape(maps, shape)
  const ordered = kernels.channelsFirst(maps)
  const rows = kernels.reshape(ordered, shape)
  ordered.dispose()
  return rows
}

/** [N, C·H·W] in the order of NCHW → [N, H, W, C]; a new tensor. */
export function fromRows(rows: Tensor, { channels, height, width }: FeatureShape, kernels: Kernels): Tensor {
  const count = rows.shape[0]!
  if (height * width === 1) return kernels.reshape(rows, [count, 1, 1, channels])
  const ordered = kernels.reshape(rows, [count, channels, height, width])
  const maps = kernels.channelsLast(ordered)
  ordered.dispose()
  return maps
}
