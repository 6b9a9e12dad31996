import { defineStore } from 'pinia'
import type { JobSummary } from '#common/contract/workbench.ts'
import { stateWords } from '../jobs/words.ts'
import { remembered } from './remembered.ts'
import { useWorkbench } from './workbench.ts'

const worthTelling = new Set(['finished', 'failed', 'interrupted'])
/** What is over this soon, its user still looks at. */
const shortMs = 10_000

/** Whether an end is told to somebody who looks elsewhere: not what they cancelled themselves, nor what took a moment. */
export function isWorthTelling(job: JobSummary, looking: boolean): boolean {
  if (looking || !worthTelling.has(job.state) || job.startedAt === null || job.endedAt === null) return false
  return Date.parse(job.endedAt) - Date.parse(job.startedAt) >= shortMs
}

/** Tells the ends of jobs outside of the page, where the user wants that and the page is not looked at. */
export const useNotify = defineStore('notify', () => {
  const wanted = remembered<boolean>('notify', false)
  const told = new Set<string>()

  useWorkbench().onConnect((conversation) => {
    conversation.on('job.changed', (job) => {
      const end = `${job.id} ${job.endedAt}`
      if (!wanted.value || told.has(end) || !isWorthTelling(job, document.visibilityState === 'visible')) return
      told.add(end)
      const words = job.error ? job.error.message : job.title
      const notice = new Notification(`Splitbench: ${stateWords[job.state].toLowerCase()}`, {
        body: words,
        tag: job.id,
      })
      notice.onclick = () => window.focus()
    })
  })

  /** Asks the system when it is switched on; stays off where that refuses. */
  async function want(on: boolean): Promise<void> {
    wanted.value = on && (await Notification.requestPermission()) === 'granted'
  }

  return { wanted, want }
})
