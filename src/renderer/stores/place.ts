import { defineStore } from 'pinia'
import { ref } from 'vue'

/** Where the user is: "#/compare/run/<id>". In the address, so that a reload and the back button keep the place. */
export const usePlace = defineStore('place', () => {
  const read = (): string[] =>
    location.hash
      .replace(/^#\/?/, '')
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent)
  const parts = ref(read())
  window.addEventListener('hashchange', () => {
    parts.value = read()
  })

  const hrefOf = (...to: string[]): string => `#/${to.map(encodeURIComponent).join('/')}`
  return {
    parts,
    hrefOf,
    go(...to: string[]): void {
      location.hash = hrefOf(...to)
    },
  }
})
