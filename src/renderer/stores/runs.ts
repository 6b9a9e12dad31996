import { defineStore } from 'pinia'
import { computed, shallowReactive, shallowRef } from 'vue'
import type { FeatureShifts } from '#common/contract/featureShifts.ts'
import type { Comparison } from '#common/contract/result.ts'
import type { RunSummary } from '#common/contract/workbench.ts'
import { CodedError } from '#common/errors.ts'
import { useWorkbench } from './workbench.ts'

/** Finished runs of the workspace, and the comparisons that were opened. */
export const useRuns = defineStore('runs', () => {
  const workbench = useWorkbench()
  const list = shallowRef<RunSummary[]>([])
  const loaded = shallowRef(false)
  /** Those that can be opened, of one verb or some. */
  const of = (...verbs: readonly string[]): RunSummary[] =>
    list.value.filter(({ verb, problem }) => problem === null && verbs.includes(verb))
  const comparisons = computed(() => of('compare'))
  const opened = shallowReactive(new Map<string, Comparison>())

  async function refresh(): Promise<void> {
    list.value = (await workbench.request('runs.list', {})).runs
    loaded.value = true
    // A run may have been replaced under the same name.
    opened.clear()
  }

  workbench.onConnect(async (conversation) => {
    conversation.on('runs.changed', () => void refresh().catch(() => {}))
    await refresh()
  })

  async function open(run: string): Promise<Comparison> {
    const known = opened.get(run)
    if (known) return known
    const { comparison } = await workbench.request('runs.get', { run })
    opened.set(run, comparison)
    return comparison
  }

  return {
    list,
    of,
    comparisons,
    loaded,
    refresh,
    open,
    /** How pruning shifted the features of a run; null where its candidates are gone. */
    features: (run: string): Promise<FeatureShifts | null> =>
      workbench.request('runs.features', { run }).catch((error: unknown) => {
        if (error instanceof CodedError && error.code === 'bad-data') return null
        throw error
      }),
    remove: (run: string) => workbench.request('runs.delete', { run }),
  }
})
