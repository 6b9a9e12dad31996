import type { Lookup } from '#common/contract/result.ts'
import { CodedError } from '#common/errors.ts'
import { lookupCost } from '#common/lookup/cost.ts'
import { encodeLookupHead, lookupHeadOf } from '#common/lookup/headFile.ts'
import type { PartitionPoint } from '#common/network/partition.ts'
import type { Model } from '#common/network/weights.ts'
import { loadLookupHead } from '../../../system/lookup/head.ts'
import { doctorPlace } from '../../../system/setUp.ts'
import type { ImageSet } from '../data/imageSet.ts'
import type { FeatureCoding } from '../onnx/coding.ts'
import type { CheckData } from './checkData.ts'
import { checkImages } from './checkData.ts'
import type { Forward } from './forward.ts'
import { spread } from './images.ts'

/** Of the largest feature: sums in another order, and words in float32. */
const tolerance = 1e-3
/** As on a device: one level in at most 1 % of the codes. */
const codeShare = 0.01

/**
 * The head of a quantised model as tables, computed here on the images of the check set: its features must be those of the
 * trainer within 1e-3 of the largest, its codes at most one level apart in at most 1 %. Throws `check-failed` otherwise.
 */
export async function acceptLookup(
  model: Model,
  point: PartitionPoint,
  coding: FeatureCoding,
  { check, forward, set }: { check: CheckData; forward: Forward; set: ImageSet },
): Promise<{ file: Uint8Array<ArrayBuffer>; lookup: Lookup }> {
  if (coding.type !== 'float32' && coding.type !== 'uint8') {
    throw refused(point, 'its codes are those of a learned codebook')
  }
  const coded = coding.type === 'uint8' ? { ...coding, levels: coding.levels ?? 255 } : coding
  const head = lookupHeadOf(model, point.layer, coded)
  if (head.books.size === 0) throw refused(point, 'no layer of it is quantised')
  const length = check.images.length / checkImages
  const images = Array.from({ length: checkImages }, (_, i) => check.images.subarray(i * length, (i + 1) * length))
  const values = (await forward.features(spread(set, checkImages), checkImages, [point.layer])).get(point.layer)!
  const plain = loadLookupHead({ ...head, coding: { type: 'float32' } })
  const error = farthest(images.map(plain), values)
  // Written so that NaN does not pass.
  if (!(error <= tolerance)) throw refused(point, `its features are off by ${error} of the largest one`)
  if (coded.type === 'uint8') {
    const run = loadLookupHead(head)
    const { different, levels } = levelsApart(images.map(run), check.features)
    if (levels > 1 || different > codeShare) {
      throw refused(point, `${(100 * different).toPrecision(3)} % of its codes differ, by up to ${levels} levels`)
    }
  }
  return { file: encodeLookupHead(head), lookup: { ...lookupCost(model, point.layer, head.books), error } }
}

function farthest(actual: readonly ArrayLike<number>[], expected: Float32Array): number {
  let [largest, scale] = [0, 0]
  for (const [i, value] of expected.entries()) {
    const length = expected.length / actual.length
    largest = Math.max(largest, Math.abs(actual[Math.floor(i / length)]![i % length]! - value))
    scale = Math.max(scale, Math.abs(value))
  }
  return largest / (scale || 1)
}

function levelsApart(actual: readonly ArrayLike<number>[], expected: CheckData['features']) {
  let [different, levels] = [0, 0]
  const length = expected.length / actual.length
  for (let i = 0; i < expected.length; i++) {
    const apart = Math.abs(actual[Math.floor(i / length)]![i % length]! - expected[i]!)
    if (apart !== 0) different += 1 / expected.length
    levels = Math.max(levels, apart)
  }
  return { different, levels }
}

const refused = (point: PartitionPoint, reason: string): CodedError =>
  new CodedError(
    'check-failed',
    `The look-up head at ${point.name} does not compute what the trainer computes (${reason}).`,
    `Nothing of it was kept. Please report it with the command and the versions that ${doctorPlace()} shows.`,
  )
