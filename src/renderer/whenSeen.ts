import type { Ref, TemplateRef } from 'vue'
import { onBeforeUnmount, onMounted, ref } from 'vue'

/** Becomes true when the element is first scrolled into sight, and stays so. */
export function whenSeen(element: TemplateRef<Element>): Ref<boolean> {
  const seen = ref(false)
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some(({ isIntersecting }) => isIntersecting)) return
    seen.value = true
    observer.disconnect()
  })
  onMounted(() => observer.observe(element.value!))
  onBeforeUnmount(() => observer.disconnect())
  return seen
}
