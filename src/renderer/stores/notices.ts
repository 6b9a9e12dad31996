import { defineStore } from 'pinia'
import { ref } from 'vue'
import type { ErrorShape } from '#common/errors.ts'
import { toErrorShape } from '#common/errors.ts'

/** Errors that belong to no place on the page. Not modal: what went wrong in the background must not stop the work. */
export const useNotices = defineStore('notices', () => {
  const list = ref<{ id: number; error: ErrorShape }[]>([])
  let next = 1

  function show(error: unknown): void {
    const shape = toErrorShape(error)
    if (list.value.some((one) => one.error.message === shape.message)) return
    list.value = [...list.value.slice(-2), { id: next++, error: shape }]
  }

  function dismiss(id: number): void {
    list.value = list.value.filter((one) => one.id !== id)
  }

  return { list, show, dismiss }
})
