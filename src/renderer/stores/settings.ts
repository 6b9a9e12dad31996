import { defineStore } from 'pinia'
import { useNotices } from './notices.ts'
import type { ThemeChoice } from './theme.ts'
import { useTheme } from './theme.ts'
import { useWorkbench } from './workbench.ts'

/** What the user decided, kept in the workspace so that every door shows the same. */
export const useSettings = defineStore('settings', () => {
  const workbench = useWorkbench()
  const theme = useTheme()
  const notices = useNotices()

  workbench.onConnect(async (conversation) => {
    const take = (settings: { theme: ThemeChoice }): void => {
      theme.choice = settings.theme
    }
    conversation.on('settings.changed', take)
    take(await conversation.request('settings.get', {}))
  })

  async function chooseTheme(choice: ThemeChoice): Promise<void> {
    theme.choice = choice
    try {
      await workbench.request('settings.set', { theme: choice })
    } catch (error) {
      notices.show(error)
    }
  }

  return { chooseTheme }
})
