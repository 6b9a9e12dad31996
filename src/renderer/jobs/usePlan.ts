import type { Ref, ShallowRef } from 'vue'
import { shallowRef, watch } from 'vue'
import type { ErrorShape } from '#common/errors.ts'
import { toErrorShape } from '#common/errors.ts'

const restMs = 200

/**
 * What would be run for what a form stands for, asked anew when the fields rest; null while they are wrong. What cannot
 * be planned becomes the form's `failure`.
 */
export function usePlan<Request extends object, Plan>(
  request: Ref<Request | string>,
  failure: ShallowRef<ErrorShape | null>,
  ask: (request: Request, signal: AbortSignal) => Promise<Plan>,
): ShallowRef<Plan | null> {
  const plan: ShallowRef<Plan | null> = shallowRef(null)
  let asked: AbortController | undefined
  watch(
    request,
    (now, _before, onCleanup) => {
      failure.value = null
      if (typeof now === 'string') {
        plan.value = null
        return
      }
      const timer = setTimeout(async () => {
        asked?.abort()
        const mine = new AbortController()
        asked = mine
        try {
          const answer = await ask(now, mine.signal)
          if (asked === mine) plan.value = answer
        } catch (error) {
          if (asked !== mine) return
          plan.value = null
          failure.value = toErrorShape(error)
        }
      }, restMs)
      onCleanup(() => clearTimeout(timer))
    },
    { immediate: true, deep: true },
  )
  return plan
}
