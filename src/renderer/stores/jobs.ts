import { defineStore } from 'pinia'
import { computed, shallowReactive, shallowRef } from 'vue'
import type { JobEvent } from '#common/contract/job.ts'
import type { CompareForm, JobSummary } from '#common/contract/workbench.ts'
import type { JobView } from '../jobs/fold.ts'
import { emptyView, fold } from '../jobs/fold.ts'
import { useWorkbench } from './workbench.ts'

/** Everything that takes time: summaries as they change, and the folded events of jobs that somebody looks at. */
export const useJobs = defineStore('jobs', () => {
  const workbench = useWorkbench()
  const list = shallowRef<JobSummary[]>([])
  const loaded = shallowRef(false)
  /** As they are, and as they are shown: a burst of events is drawn once a frame. */
  const folded = new Map<string, JobView>()
  const views = shallowReactive(new Map<string, JobView>())
  let frame = 0
  /** Stored events seen so far, per watched job. */
  const seen = new Map<string, number>()
  const catching = new Map<string, Promise<void>>()

  workbench.onConnect(async (conversation) => {
    conversation.on('job.changed', put)
    conversation.on('job.gone', ({ job }) => {
      list.value = list.value.filter(({ id }) => id !== job)
    })
    conversation.on('job.event', ({ job, index, event }) => receive(job, index, event))
    list.value = (await conversation.request('jobs.list', {})).jobs
    loaded.value = true
    // Another process may own the workspace by now and count from its own beginning.
    for (const job of [...seen.keys()]) {
      forget(job)
      void watch(job)
    }
  })

  function take(job: string, events: readonly JobEvent[]): void {
    folded.set(job, events.reduce(fold, folded.get(job) ?? emptyView()))
    // Nobody looks at a hidden page, which has no frames.
    if (document.hidden) show()
    else if (!frame) frame = requestAnimationFrame(show)
  }
  function show(): void {
    cancelAnimationFrame(frame)
    frame = 0
    for (const [job, view] of folded) if (views.get(job) !== view) views.set(job, view)
  }
  function forget(job: string): void {
    seen.delete(job)
    folded.delete(job)
    views.delete(job)
  }

  function put(job: JobSummary): void {
    const known = list.value.some(({ id }) => id === job.id)
    list.value = known ? list.value.map((one) => (one.id === job.id ? job : one)) : [job, ...list.value]
  }

  function receive(job: string, index: number | null, event: JobEvent): void {
    if (event.kind === 'progress') {
      const summary = list.value.find(({ id }) => id === job)
      if (summary) put({ ...summary, progress: event.progress })
    }
    const next = seen.get(job)
    if (next === undefined) return
    if (index === null) take(job, [event])
    else if (index === next && !catching.has(job)) {
      seen.set(job, next + 1)
      take(job, [event])
    } else if (index >= next) void catchUp(job)
  }

  /** Fetches until nothing is missing; events that arrive meanwhile are part of a later fetch. */
  function catchUp(job: string): Promise<void> {
    const running = catching.get(job)
    if (running) return running
    const fetching = (async () => {
      for (;;) {
        const since = seen.get(job) ?? 0
        const { events, next } = await workbench.request('jobs.events', { job, since })
        take(job, events)
        seen.set(job, next)
        if (events.length === 0) return
      }
    })()
      .catch(() => {
        // The job is gone or the connection is: the next connection or event asks again.
      })
      .finally(() => catching.delete(job))
    catching.set(job, fetching)
    return fetching
  }

  /** Starts folding a job's events: all there are, then every new one. */
  async function watch(job: string): Promise<void> {
    if (seen.has(job)) return
    seen.set(job, 0)
    await catchUp(job)
  }

  const active = computed(() => list.value.filter(({ state }) => ['queued', 'running', 'cancelling'].includes(state)))

  return {
    list,
    loaded,
    views,
    active,
    watch,
    async start(request: CompareForm, fresh: boolean): Promise<string> {
      return (await workbench.request('jobs.start', { request, fresh })).job
    },
    async cancel(job: string): Promise<void> {
      put(await workbench.request('jobs.cancel', { job }))
    },
    async resume(job: string): Promise<string> {
      const resumed = (await workbench.request('jobs.resume', { job })).job
      forget(job)
      void watch(resumed)
      return resumed
    },
    discard: (job: string) => workbench.request('jobs.discard', { job }),
  }
})
