import type { Ref } from 'vue'
import { nextTick, watch } from 'vue'

const focusable = 'input:not(:disabled), select:not(:disabled), button:not(:disabled), a[href]'

/**
 * Keyboard focus of a dialog whose content changes while it is open: with every new `subject` its first element gets it
 * (so that comes first which is safe, or must be filled in), and Tab stays inside. Give `onTab` to keydown.
 */
export function useDialogFocus(box: Readonly<Ref<HTMLElement | null>>, subject: () => unknown) {
  const elements = (): HTMLElement[] => [...(box.value?.querySelectorAll<HTMLElement>(focusable) ?? [])]
  watch(
    subject,
    async (now) => {
      if (now === undefined || now === false) return
      await nextTick()
      // What is still being put into the page cannot be focused.
      for (let frames = 0; frames < 30; frames++) {
        elements()[0]?.focus()
        if (box.value?.contains(document.activeElement)) return
        await new Promise((resolve) => requestAnimationFrame(resolve))
      }
    },
    { immediate: true },
  )
  return {
    onTab(event: KeyboardEvent): void {
      const all = elements()
      const at = all.indexOf(document.activeElement as HTMLElement)
      const next = event.shiftKey ? (at <= 0 ? all.length - 1 : at - 1) : at === all.length - 1 ? 0 : at + 1
      event.preventDefault()
      all[next]?.focus()
    },
  }
}
