import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FeatureSet } from '#common/charts/papers/featureShifts.ts'
import { featureShiftsOf, unprunedNetwork } from '#common/charts/papers/featureShifts.ts'
import { pointOrder } from '#common/charts/series.ts'
import type { FeatureShifts } from '#common/contract/featureShifts.ts'
import type { Candidate, Comparison } from '#common/contract/result.ts'
import { splitSchema } from '#common/contract/split.ts'
import { CodedError } from '#common/errors.ts'
import { safbmpVariant } from '#common/experiment/steps.ts'
import { readCheckSet } from '../../../system/inference/checkSet.ts'

/** What changed the network, where nothing but pruning did; null for all others. */
function networkOf({ framework, step, codec, partitionPoint }: Candidate): string | null {
  if (partitionPoint === 'input' || partitionPoint === 'output') return null
  if (framework === 'only-splitting') return codec === 'float32' && step === null ? unprunedNetwork : null
  if (framework === 'two-step') return codec === 'uint8' ? `two-step, ${step?.replace('step', 'step ')}` : null
  return framework === 'safbmp' && safbmpVariant(step) === 'no coding'
    ? `safbmp, ${step?.replace(', no coding', '')}`
    : null
}

/** How pruning shifts the features of the images in a run's check data, codes decoded. Throws `bad-data` for a record alone. */
export function featureShiftsIn(comparison: Comparison, folder: string): FeatureShifts {
  const order = pointOrder(comparison)
  const wanted = comparison.candidates
    .flatMap((candidate) => {
      const network = networkOf(candidate)
      return network === null ? [] : [{ candidate, network }]
    })
    .sort((a, b) => order.indexOf(a.candidate.partitionPoint) - order.indexOf(b.candidate.partitionPoint))
  let images = 0
  const sets = wanted.map(({ candidate, network }): FeatureSet => {
    const [check, split] = [candidate.files.check, candidate.files.split].map((file) => join(folder, file)) as [
      string,
      string,
    ]
    if (!existsSync(check) || !existsSync(split)) {
      throw new CodedError(
        'bad-data',
        `${folder} holds no candidates: a record alone has no features.`,
        'Name the folder that `splitbench compare` made.',
      )
    }
    const form = splitSchema.parse(JSON.parse(readFileSync(split, 'utf8')))
    const { features, count } = readCheckSet(readFileSync(check), form)
    images = count
    const { scale, offset } = form.features
    const values = features.flatMap((one) => [...one].map((value) => value * (scale ?? 1) + (offset ?? 0)))
    return { point: candidate.partitionPoint, network, values: Float32Array.from(values) }
  })
  return featureShiftsOf(sets, images)
}
