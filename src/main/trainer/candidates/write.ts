import type { UntimedCandidate } from '#common/contract/result.ts'
import type { Backend } from '../backend/index.ts'
import { weightsHash } from '../model/store.ts'
import { createExecutor } from '../training/executor.ts'
import type { CandidateRequest } from './build.ts'
import { buildCandidate } from './build.ts'

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
