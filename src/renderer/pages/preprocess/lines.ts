import { operatorSlots } from '#common/charts/preprocessing.ts'
import type { Metric } from '#common/contract/job.ts'
import type { OperatorName } from '#common/experiment/preprocessing.ts'
import { operatorNames } from '#common/experiment/preprocessing.ts'
import type { LiveLine } from '../../charts/live.ts'

/**
 * Points of a running sweep, a line per operator and seed ("pca-32/seed 1"); those of one operator share a name, and so a
 * place in the legend, and its colour.
 */
export function trainingLines(metrics: ReadonlyMap<string, readonly Metric[]>, value: string): LiveLine[] {
  return [...metrics].flatMap(([stage, points]) => {
    const name = stage.split('/')[0]!
    if (!operatorNames.some((one) => one === name)) return []
    const drawn = points.flatMap(({ step, values }) => {
      const y = values[value]
      return y === undefined ? [] : [[step, y] satisfies [number, number]]
    })
    return [{ stage, name, slot: operatorSlots[name as OperatorName], points: drawn }]
  })
}
