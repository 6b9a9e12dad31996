import type { Ref } from 'vue'
import { ref, watch } from 'vue'

/** A piece of the page's state that survives a restart of the page. What cannot be read is the default again. */
export function remembered<T extends object | string | number | boolean | null>(key: string, initial: T): Ref<T> {
  const name = `splitbench.${key}`
  let start = initial
  try {
    const stored = JSON.parse(localStorage.getItem(name) ?? 'null')
    if (stored !== null && typeof stored === typeof initial) {
      start = typeof initial === 'object' && initial !== null ? { ...initial, ...stored } : stored
    }
  } catch {
    localStorage.removeItem(name)
  }
  const value = ref(start) as Ref<T>
  watch(value, (now) => localStorage.setItem(name, JSON.stringify(now)), { deep: true })
  return value
}
