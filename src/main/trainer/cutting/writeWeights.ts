import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { CutOutcome } from '#common/contract/modelProfile.ts'
import type { SharedPlaces } from '#common/formats/onnx/split/sharedWeights.ts'
import { sharedWeights } from '#common/formats/onnx/split/sharedWeights.ts'
import { writeFileAtomic } from '../../../system/atomic.ts'
import type { ModelFile } from './modelFile.ts'

/** Writes the weights that heads and tails share beside them, named by their hash; null where the model has none. */
export async function writeWeights(
  folder: string,
  { model, inline }: ModelFile,
): Promise<{ places: SharedPlaces; written: NonNullable<CutOutcome['weights']> } | null> {
  const shared = sharedWeights(model, inline)
  if (!shared) return null
  const hash = createHash('sha256')
  for (const chunk of shared.chunks) hash.update(chunk)
  const name = hash.digest('hex')
  const file = join('cuts', name)
  // Gone again when the run is finished: not worth waiting for the disk.
  await writeFileAtomic(join(folder, file), shared.chunks, { durable: false })
  return {
    places: { location: name, places: shared.places },
    written: { file, hash: name, bytes: shared.bytes },
  }
}
