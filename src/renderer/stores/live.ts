import { defineStore } from 'pinia'
import type { Pictures } from '#common/contract/live.ts'
import { useNotices } from './notices.ts'
import { useRuns } from './runs.ts'
import { useWorkbench } from './workbench.ts'

interface Material {
  /** null: what the network is given is no picture, or they cannot be read. */
  pictures: Pictures | null
  classNames: readonly string[] | null
}

/** What live inference looks at: images of candidates, and the names of their classes. */
export const useLive = defineStore('live', () => {
  const workbench = useWorkbench()
  const runs = useRuns()
  const notices = useNotices()
  const known = new Map<string, Promise<Material>>()

  async function fetch(run: string, candidate: string): Promise<Material> {
    try {
      const { dataset } = await runs.open(run)
      const { pictures } = await workbench.request('live.pictures', { run, candidate })
      return { pictures, classNames: dataset.classNames ?? null }
    } catch (error) {
      notices.show(error)
      return { pictures: null, classNames: null }
    }
  }

  return {
    material(run: string, candidate: string): Promise<Material> {
      const key = `${run} ${candidate}`
      const one = known.get(key) ?? fetch(run, candidate)
      known.set(key, one)
      return one
    },
  }
})
