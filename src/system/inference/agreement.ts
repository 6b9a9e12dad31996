import type { CheckResult, Side } from '#common/contract/inference.ts'
import type { Split } from '#common/contract/split.ts'
import type { TensorData } from '../onnxruntime.ts'

/** protocol.md, "Check on the device before timing". */
export const tolerances = { float: 1e-3, codes: 0.01, levels: 1 } as const

/**
 * Floats that come out of whole numbers are some of 255 levels apart from one another: a single one that falls to the other
 * side of a half, as processors with and without fused additions may have it, is beyond the other tolerance.
 */
const int8FloatTolerance = 0.02

const floatTolerance = (side: Side, { head }: Split): number =>
  side === 'head' && head === 'int8' ? int8FloatTolerance : tolerances.float

/** Whether a side's output may differ so. */
export const withinTolerance = (
  side: Side,
  split: Split,
  { error, maxLevels }: Pick<CheckResult, 'error' | 'maxLevels'>,
): boolean =>
  comparesCodes(side, split)
    ? error <= tolerances.codes && maxLevels <= tolerances.levels
    : error <= floatTolerance(side, split)

/** Whether this side's output is compared in levels. */
const comparesCodes = (side: Side, split: Split): boolean => side === 'head' && split.features.type !== 'float32'

/** Differences over all images of a check set; both lists hold one array per image. */
export function agreement(
  side: Side,
  split: Split,
  actual: readonly TensorData[],
  expected: readonly TensorData[],
): CheckResult {
  const codes = comparesCodes(side, split)
  let elements = 0
  let different = 0
  let largest = 0
  let scale = 0
  for (const [image, reference] of expected.entries()) {
    const values = actual[image]!
    if (values.length !== reference.length) {
      return refused(`the output has ${values.length} values instead of ${reference.length}`)
    }
    for (let i = 0; i < reference.length; i++) {
      const difference = Math.abs(values[i]! - reference[i]!)
      if (!Number.isFinite(difference)) return refused('the output has values that are no numbers')
      elements++
      if (difference > 0) different++
      if (difference > largest) largest = difference
      if (Math.abs(reference[i]!) > scale) scale = Math.abs(reference[i]!)
    }
  }
  const error = codes ? different / elements : largest / (scale || 1)
  // Numbers of words are the same or not; they have no levels.
  const maxLevels = codes && !split.features.unordered ? largest : 0
  const ok = withinTolerance(side, split, { error, maxLevels })
  const reason = ok
    ? null
    : codes
      ? `${(error * 100).toPrecision(3)} % of the codes differ, by up to ${maxLevels} levels; allowed are 1 % and 1 level`
      : `the largest difference is ${error.toPrecision(3)} of the largest value; allowed is ${floatTolerance(side, split)}`
  return { ok, error, maxLevels, reason }
}

/** Not comparable at all counts as wholly different. */
const refused = (reason: string): CheckResult => ({ ok: false, error: 1, maxLevels: 0, reason })
