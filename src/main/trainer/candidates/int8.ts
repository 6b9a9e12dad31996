import type { Int8 } from '#common/contract/result.ts'
import { createSession, runSession } from '../../../system/onnxruntime.ts'
import { exportInt8Head, layersToObserve } from '../int8/export.ts'
import { observeRanges } from '../int8/ranges.ts'
import { rootMeanSquareError } from './acceptance.ts'
import type { ExportedSplit, SplitRequest } from './build.ts'
import type { CheckData } from './checkData.ts'
import { decoded, logitsOf } from './checkData.ts'
import type { Forward } from './forward.ts'

/**
 * The same split with its head in whole numbers. The trainer's floats cannot tell what it computes: the check set's features
 * are ONNX Runtime's own, by its integer kernels from the file itself, and the logits are the trainer's from these features.
 * The tail is the float split's.
 */
export async function int8Split(
  float: ExportedSplit,
  { model, point, calibration }: SplitRequest,
  forward: Forward,
): Promise<{ exported: ExportedSplit; int8: Int8 }> {
  const { coding } = float
  const ranges = await observeRanges(forward, layersToObserve(model, point.layer), calibration)
  const head = exportInt8Head(model, point.layer, coding, ranges)
  const features = await featuresOf(head, float.check)
  const values = decoded(features, coding)
  const error = rootMeanSquareError(values, decoded(float.check.features, coding))
  const logits = await logitsOf(forward, model.network, point.layer, values)
  return {
    exported: { ...float, head, check: { ...float.check, features, logits }, split: { ...float.split, head: 'int8' } },
    int8: { headBytes: head.length, floatBytes: float.head.length, error },
  }
}

async function featuresOf(head: Uint8Array, check: CheckData): Promise<CheckData['features']> {
  const session = await createSession(head, { threads: 1, optimisation: 'on', spinning: false })
  try {
    return (await runSession(session, check.images, check.imageShape)).data as CheckData['features']
  } finally {
    await session.session.release()
  }
}
