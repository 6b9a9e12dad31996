import { defineStore } from 'pinia'
import { ref } from 'vue'
import type { Settings } from '#common/contract/workbench.ts'
import type { Units } from '#common/units.ts'
import { chooseUnits, reportUnits } from '#common/units.ts'
import { useNotices } from './notices.ts'
import { connectMemory } from './remembered.ts'
import type { ThemeChoice } from './theme.ts'
import { useTheme } from './theme.ts'
import { useWorkbench } from './workbench.ts'

/** A slider or a filter changes many times a second; the last word counts. */
const settleMs = 400

/** What the user decided, kept with the user's settings so that every door shows the same. */
export const useSettings = defineStore('settings', () => {
  const workbench = useWorkbench()
  const theme = useTheme()
  const notices = useNotices()
  const units = ref<Units>(reportUnits)
  let waiting: Record<string, unknown> = {}
  let timer: ReturnType<typeof setTimeout> | undefined

  workbench.onConnect(async (conversation) => {
    const take = (settings: Settings): void => {
      theme.choice = settings.theme
      chooseUnits(settings.units)
      units.value = settings.units
    }
    conversation.on('settings.changed', take)
    const settings = await conversation.request('settings.get', {})
    take(settings)
    connectMemory(settings.window, remember)
  })

  function remember(key: string, value: unknown): void {
    waiting[key] = value
    clearTimeout(timer)
    timer = setTimeout(tell, settleMs)
  }

  function tell(): void {
    clearTimeout(timer)
    const pieces = waiting
    waiting = {}
    // The browser has it anyway; without a connection the next change tells.
    if (Object.keys(pieces).length > 0) void workbench.request('settings.set', { window: pieces }).catch(() => {})
  }
  // What was changed last before the page goes is told, too.
  window.addEventListener('pagehide', tell)

  async function set(change: Partial<Pick<Settings, 'theme' | 'units'>>): Promise<void> {
    try {
      await workbench.request('settings.set', change)
    } catch (error) {
      notices.show(error)
    }
  }

  return {
    units,
    chooseTheme(choice: ThemeChoice): Promise<void> {
      theme.choice = choice
      return set({ theme: choice })
    },
    chooseUnits(choice: Units): Promise<void> {
      chooseUnits(choice)
      units.value = choice
      return set({ units: choice })
    },
  }
})
