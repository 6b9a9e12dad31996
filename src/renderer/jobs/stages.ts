import type { ComputedRef } from 'vue'
import { computed } from 'vue'
import type { Metric } from '#common/contract/job.ts'
import type { JobView } from './fold.ts'

type Metrics = JobView['metrics']

/** Whether two views have the same points: a fold appends to the arrays that are there, so their lengths tell. */
interface Seen {
  metrics: Metrics
  points: readonly { array: readonly Metric[]; length: number }[]
}

/**
 * Parts of a view's metrics, each a value of its own that changes only when points of its stages come: what is drawn of
 * one curve is not computed again for every point of another.
 */
export function stagesOf(metrics: () => Metrics): (wanted: (stage: string) => boolean) => ComputedRef<Metrics> {
  return (wanted) => {
    const seen = computed<Seen>((before) => {
      const now = new Map([...metrics()].filter(([stage]) => wanted(stage)))
      const points = [...now.values()].map((array) => ({ array, length: array.length }))
      const same =
        before?.points.length === points.length &&
        points.every(({ array, length }, index) => {
          const then = before.points[index]!
          return then.array === array && then.length === length
        })
      return same ? before : { metrics: now, points }
    })
    return computed(() => seen.value.metrics)
  }
}
