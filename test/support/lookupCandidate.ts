import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeLookupHead, lookupHeadOf } from '#common/lookup/headFile.ts'
import type { Network } from '#common/network/graph.ts'
import { partitionPoints } from '#common/network/partition.ts'
import { writeNetworkCandidate } from './networkCandidate.ts'
import { quantisedModel } from './quantisedModel.ts'

/** A candidate whose head exists twice: as ordinary layers (`dense`) and as tables (`head`). Its check data are the reference's. */
export async function writeLookupCandidate(
  folder: string,
  network: Network,
  point: string,
  form: 'float32' | 'uint8',
  { words = 16, count = 4 } = {},
) {
  const { layer } = partitionPoints(network).find(({ name }) => name === point)!
  const model = quantisedModel(network, words, 3, layer)
  const { head: dense, ...files } = await writeNetworkCandidate(folder, model, point, form, count)
  const { scale, offset } = files.split.features
  const coding = form === 'uint8' ? { type: form, scale: scale!, offset: offset!, levels: 255 } : { type: form }
  const head = join(folder, 'head.lookup')
  await writeFile(head, encodeLookupHead(lookupHeadOf(model, layer, coding)))
  return { ...files, dense, head }
}
