import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { Asked } from '#common/contract/devices.ts'
import { useNotices } from './notices.ts'
import { useWorkbench } from './workbench.ts'

/** What a device waits for from the user, in the order it was asked. Answers are sent and kept nowhere. */
export const useQuestions = defineStore('questions', () => {
  const workbench = useWorkbench()
  const notices = useNotices()
  const asked = shallowRef<Asked[]>([])

  workbench.onConnect(async (conversation) => {
    conversation.on('ask', (one) => {
      asked.value = [...asked.value.filter(({ id }) => id !== one.id), one]
    })
    conversation.on('ask.gone', ({ id }) => {
      asked.value = asked.value.filter((one) => one.id !== id)
    })
    asked.value = (await conversation.request('ask.join', {})).asked
  })

  async function answer(id: string, given: string | boolean | null): Promise<void> {
    asked.value = asked.value.filter((one) => one.id !== id)
    try {
      await workbench.request('ask.answer', { id, answer: given })
    } catch (error) {
      notices.show(error)
    }
  }

  return { asked, answer }
})
