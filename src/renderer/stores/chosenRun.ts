import { computed, shallowRef, watch } from 'vue'
import type { Comparison } from '#common/contract/result.ts'
import type { ErrorShape } from '#common/errors.ts'
import { toErrorShape } from '#common/errors.ts'
import { usePlace } from './place.ts'
import { useRuns } from './runs.ts'

/** The comparison that a page is about: the one in the address ("#/layers/<id>"), else the newest. */
export function useChosenRun() {
  const place = usePlace()
  const runs = useRuns()
  const chosen = computed(() => place.parts[1] ?? runs.comparisons[0]?.id)
  const comparison = shallowRef<Comparison | null>(null)
  const failure = shallowRef<ErrorShape | null>(null)
  watch(
    chosen,
    async (run) => {
      comparison.value = null
      failure.value = null
      if (!run) return
      try {
        comparison.value = await runs.open(run)
      } catch (error) {
        failure.value = toErrorShape(error)
      }
    },
    { immediate: true },
  )
  /** Whether it is known that there is nothing to show. */
  const none = computed(() => runs.loaded && !chosen.value)
  return { chosen, comparison, failure, none }
}
