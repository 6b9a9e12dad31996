import { defineStore } from 'pinia'
import { computed, ref, watchEffect } from 'vue'

export type ThemeChoice = 'system' | 'light' | 'dark'

/** What the page looks like; what was chosen is kept by the workspace's settings. */
export const useTheme = defineStore('theme', () => {
  const choice = ref<ThemeChoice>('system')
  const query = window.matchMedia('(prefers-color-scheme: dark)')
  const systemDark = ref(query.matches)
  query.addEventListener('change', (event) => {
    systemDark.value = event.matches
  })
  const effective = computed<'light' | 'dark'>(() =>
    choice.value === 'system' ? (systemDark.value ? 'dark' : 'light') : choice.value,
  )
  watchEffect(() => {
    document.documentElement.dataset.theme = effective.value
  })
  return { choice, effective }
})
