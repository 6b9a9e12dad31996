import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Split } from '#common/contract/split.ts'
import { encodeSafetensors } from '#common/formats/safetensors.ts'
import { buildNetwork } from '#common/network/architectures/index.ts'
import { partitionPoints } from '#common/network/partition.ts'
import { prunableLayers } from '#common/network/prunable.ts'
import type { Model } from '#common/network/weights.ts'
import { random } from '#common/random.ts'
import { exportHead } from '../../src/main/trainer/onnx/export.ts'
import { filtersOf, keepBest } from '../../src/main/trainer/pruning/ranking.ts'
import { removeFilters } from '../../src/main/trainer/pruning/surgery.ts'
import { createSession, runSession } from '../../src/system/onnxruntime.ts'
import { randomBytes, randomModel } from './randomModel.ts'

/** A head as files that an agent can check and time. */
export interface PrunedHead {
  head: string
  check: string
  split: Split
  /** Of the head, for one image. */
  macs: number
  /** Share of the network's channels that was asked to go; before rounding. */
  removed: number
  roundTo: number
}

export interface PrunedHeadsOrder {
  network: string
  width: number
  point: string
  ratios: readonly number[]
  /** Counts of channels become multiples of these; 1: they stay as they fall. */
  roundings: readonly number[]
}

const images = 2

/**
 * Heads up to `point` of a network with random weights: the unpruned one first, then one for every ratio and rounding,
 * with channels removed at random over the whole network. Their check sets hold what ONNX Runtime computes here with its
 * optimisations off.
 */
export async function prunedHeads(folder: string, order: PrunedHeadsOrder): Promise<PrunedHead[]> {
  const { network: name, width, ratios, roundings } = order
  const constants = { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] }
  const model = randomModel(buildNetwork(name, { classes: 10, width, size: 32, ...constants }), 1)
  const groups = prunableLayers(model.network)
  const scores = new Map(
    groups.map((group) => {
      const draw = random(1, 'scores', group)
      return [group, Float32Array.from({ length: filtersOf(model.network, group) }, () => draw.next())] as const
    }),
  )
  const channels = [...scores.values()].reduce((sum, { length }) => sum + length, 0)
  const heads = [await writeHead(join(folder, 'unpruned'), model, order.point, { removed: 0, roundTo: 1 })]
  for (const removed of ratios) {
    for (const roundTo of roundings) {
      const smaller = removeFilters(model, keepBest(scores, Math.round(removed * channels), roundTo))
      heads.push(await writeHead(join(folder, `${removed}-${roundTo}`), smaller, order.point, { removed, roundTo }))
    }
  }
  return heads
}

async function writeHead(
  folder: string,
  model: Model,
  pointName: string,
  how: Pick<PrunedHead, 'removed' | 'roundTo'>,
): Promise<PrunedHead> {
  const { network } = model
  const point = partitionPoints(network).find((one) => one.name === pointName)
  if (!point) throw new Error(`${network.name} has no partition point ${pointName}`)
  const { height, width } = network.layers[0] as { height: number; width: number }
  const bytes = exportHead(model, point.layer, { type: 'float32' })
  const pixels = randomBytes(images * 3 * height * width, random(3, 'images'))
  const reference = await createSession(bytes, { threads: 1, optimisation: 'off' })
  const { data, shape } = await runSession(reference, pixels, [images, 3, height, width])
  await reference.session.release()
  const classes = network.classes
  const split: Split = {
    ...{ protocol: 1, framework: 'only-splitting', partitionPoint: pointName, bits: 32, packing: 'raw' },
    ...{ tiling: 'none', compressor: 'none', lossy: false, channel: { kind: 'ideal' }, header: 16 },
    features: { type: 'float32', shape: shape.slice(1), scale: null, offset: null },
    ...{ mean: [...network.mean], std: [...network.std], classes },
  }
  await mkdir(folder, { recursive: true })
  const [head, check] = [join(folder, 'head.onnx'), join(folder, 'check.safetensors')]
  await writeFile(head, bytes)
  await writeFile(
    check,
    encodeSafetensors([
      ['images', { shape: [images, 3, height, width], data: pixels }],
      ['features', { shape, data: data as Float32Array }],
      ['logits', { shape: [images, classes], data: new Float32Array(images * classes) }],
    ]),
  )
  return { head, check, split, macs: point.headMacs, ...how }
}
