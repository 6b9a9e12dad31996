import { defineStore } from 'pinia'
import { computed, onBeforeUnmount, shallowReactive } from 'vue'
import type { PaletteCommand } from '../palette/matching.ts'

/** What the parts of the page offer to the command palette, as long as they are shown. */
export const useCommands = defineStore('commands', () => {
  const offers = shallowReactive(new Set<() => readonly PaletteCommand[]>())
  const list = computed(() => [...offers].flatMap((offer) => offer()))

  /** Call it in a component's setup: the commands are gone with the component. */
  function offer(commands: () => readonly PaletteCommand[]): void {
    offers.add(commands)
    onBeforeUnmount(() => offers.delete(commands))
  }

  return { list, offer }
})
