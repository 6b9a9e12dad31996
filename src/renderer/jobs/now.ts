import type { Ref } from 'vue'
import { onBeforeUnmount, ref } from 'vue'

/** The time in ms, once a second, for what is "running since". */
export function useNow(): Ref<number> {
  const now = ref(Date.now())
  const timer = setInterval(() => {
    now.value = Date.now()
  }, 1000)
  onBeforeUnmount(() => clearInterval(timer))
  return now
}
