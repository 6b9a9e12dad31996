import type { CompareConfig } from '#common/contract/config.ts'
import { buildNetwork } from '#common/network/architectures/index.ts'
import type { Network } from '#common/network/graph.ts'
import { networkOf } from '../pretrained/modelRef.ts'

/**
 * The graph that a comparison works on: of its model folder, or the architecture for images of the given kind (until they
 * are read: 10 classes, 32 × 32 pixels; points do not depend on it). Throws `bad-network` where the folder is damaged.
 */
export function networkOfConfig(
  { name, width, model }: CompareConfig['network'],
  { classes, size }: { classes: number; size: number } = { classes: 10, size: 32 },
): Network {
  if (model) return networkOf(model.folder)
  return buildNetwork(name, { classes, width, size, mean: [0, 0, 0], std: [1, 1, 1] })
}
