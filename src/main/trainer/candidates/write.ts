import type { UntimedCandidate } from '#common/contract/result.ts'
import type { Backend } from '../backend/index.ts'
import type { ImageSet } from '../data/imageSet.ts'
import { weightsHash } from '../model/store.ts'
import { createExecutor } from '../training/executor.ts'
import { accept, close } from './acceptance.ts'
import type { CandidateRequest, SplitRequest } from './build.ts'
import { buildCandidate, exportSplit, writeSplit } from './build.ts'
import { evaluate } from './evaluation.ts'

/** `buildCandidate` with the backend that trains as the reference. */
export async function writeCandidate({
  backend,
  ...request
}: CandidateRequest & { backend: Backend }): Promise<UntimedCandidate> {
  const executor = createExecutor(backend, request.model)
  try {
    return await buildCandidate(request, executor, weightsHash(request.model))
  } finally {
    executor.dispose()
  }
}

/** Accuracy of a split's whole path through its files and bytes, on the images of `set`; nothing is written. */
export async function accuracyThroughBytes(
  backend: Backend,
  request: SplitRequest,
  set: ImageSet,
  { seed, signal }: { seed: number; signal: AbortSignal },
): Promise<number> {
  const executor = createExecutor(backend, request.model)
  try {
    const { exported, int8 } = await exportSplit(request, executor)
    const sides = await accept(exported, exported.check, request.point, 1, int8 !== undefined)
    return (await evaluate(sides, exported.split, set, { seed, signal }).finally(() => close(sides))).accuracy
  } finally {
    executor.dispose()
  }
}

/** The files of a split for timing alone: nothing is evaluated. Returns their paths relative to `folder`. */
export async function writeForTiming(
  backend: Backend,
  folder: string,
  at: string,
  request: SplitRequest,
): Promise<UntimedCandidate['files']> {
  const executor = createExecutor(backend, request.model)
  try {
    return await writeSplit(folder, at, (await exportSplit(request, executor)).exported)
  } finally {
    executor.dispose()
  }
}
