import { defineStore } from 'pinia'
import type { ModelForm, ModelRun } from '#common/contract/models.ts'
import type { JobView } from '../jobs/fold.ts'
import { emptyView, fold } from '../jobs/fold.ts'
import { useWorkbench } from './workbench.ts'

/** Trainings and prunings of single networks. */
export const useModels = defineStore('models', () => {
  const workbench = useWorkbench()

  /** The curves of a finished run, from its stored events. */
  async function viewOf(run: string): Promise<JobView> {
    let view = emptyView()
    for (let since = 0; ; ) {
      const { events, next } = await workbench.request('runs.events', { run, since })
      if (events.length === 0) return view
      view = events.reduce(fold, view)
      since = next
    }
  }

  return {
    start: async (form: ModelForm, fresh: boolean): Promise<string> =>
      (await workbench.request('models.start', { form, fresh })).job,
    get: async (run: string): Promise<ModelRun> => (await workbench.request('models.get', { run })).model,
    viewOf,
  }
})
