import type { Ref } from 'vue'
import { ref, watch } from 'vue'

type Kept = object | string | number | boolean | null

const prefix = 'splitbench.'
/** The refs that are in use now, by key: what the desktop process remembers reaches them, too. */
const live = new Map<string, Set<Ref<unknown>>>()
let keep: ((key: string, value: unknown) => void) | undefined

const fits = (stored: unknown, initial: Kept): boolean =>
  stored !== null && stored !== undefined && typeof stored === typeof initial
const over = <T extends Kept>(initial: T, stored: unknown): T =>
  typeof initial === 'object' && initial !== null ? { ...initial, ...(stored as object) } : (stored as T)

/**
 * A piece of the page's state that survives a restart. The browser has it at once; the user's settings keep it too, for
 * a browser that forgets, or another port. What cannot be read is the default again.
 */
export function remembered<T extends Kept>(key: string, initial: T): Ref<T> {
  let start = initial
  try {
    const stored = JSON.parse(localStorage.getItem(prefix + key) ?? 'null')
    if (fits(stored, initial)) start = over(initial, stored)
  } catch {
    localStorage.removeItem(prefix + key)
  }
  const value = ref(start) as Ref<T>
  const users = live.get(key) ?? new Set()
  live.set(key, users.add(value))
  watch(
    value,
    (now) => {
      const text = JSON.stringify(now)
      if (localStorage.getItem(prefix + key) === text) return
      localStorage.setItem(prefix + key, text)
      keep?.(key, now)
    },
    { deep: true },
  )
  return value
}

/** What was remembered elsewhere fills what this browser does not know; from now on `send` is told of every change. */
export function connectMemory(stored: Record<string, unknown>, send: (key: string, value: unknown) => void): void {
  keep = send
  for (const [key, value] of Object.entries(stored)) {
    if (localStorage.getItem(prefix + key) !== null) continue
    localStorage.setItem(prefix + key, JSON.stringify(value))
    for (const one of live.get(key) ?? []) {
      if (fits(value, one.value as Kept)) one.value = over(one.value as Kept, value)
    }
  }
}
