import type { Progress } from '#common/contract/job.ts'
import { isModelVerb } from '#common/contract/models.ts'
import type { JobState, JobSummary, RunSummary } from '#common/contract/workbench.ts'
import { formatDuration, significant } from '#common/units.ts'

export const stateWords: Record<JobState, string> = {
  queued: 'Queued',
  running: 'Running',
  cancelling: 'Cancelling',
  finished: 'Finished',
  failed: 'Failed',
  cancelled: 'Cancelled',
  interrupted: 'Interrupted',
}

/** "Training the baseline · 12/30 epochs · loss 1.23". */
export function progressText({ title, unit, done, total, detail }: Progress): string {
  const count = unit === '' ? '' : `${significant(done)}/${significant(total)} ${unit}`
  return [title, count, detail].filter(Boolean).join(' · ')
}

/** Of the whole job where that is known, else of its phase; null: not known. */
export const shareOf = ({ share, done, total }: Progress): number | null =>
  share ?? (total > 0 ? Math.min(1, done / total) : null)

export const etaText = ({ etaS }: Progress): string => (etaS == null ? '' : `about ${formatDuration(etaS)} left`)

/** How long a job has been worked on; empty while it waits. */
export function elapsedText({ startedAt, endedAt }: JobSummary, now: number): string {
  if (startedAt === null) return ''
  return formatDuration(
    (Math.max(endedAt === null ? now : Date.parse(endedAt), Date.parse(startedAt)) - Date.parse(startedAt)) / 1000,
  )
}

export const isActive = (state: JobState): boolean =>
  state === 'queued' || state === 'running' || state === 'cancelling'

/** Where a job is looked at: its device, its result, or its live view. */
export function placeOf({ id, verb, device, run, state }: JobSummary): string[] {
  if (verb === 'device time') return ['devices', device ?? '', 'timing', ...(state === 'finished' && run ? [run] : [])]
  if (verb === 'device live') return ['live', 'job', id]
  if (isModelVerb(verb)) return state === 'finished' && run ? ['train', 'run', run] : ['train', 'job', id]
  if (verb.startsWith('device ')) return ['devices', device ?? '']
  const page = verb === 'profile' || verb === 'preprocess' ? verb : 'compare'
  return state === 'finished' && run ? [page, 'run', run] : [page, 'job', id]
}

/** Where a finished run is looked at; undefined: only its files can be. */
export function placeOfRun({ verb, id, device }: Pick<RunSummary, 'verb' | 'id' | 'device'>): string[] | undefined {
  if (verb === 'profile' || verb === 'compare' || verb === 'preprocess') return [verb, 'run', id]
  if (isModelVerb(verb)) return ['train', 'run', id]
  if (verb === 'sweep') return ['criteria', id]
  return verb === 'device time' && device ? ['devices', device, 'timing', id] : undefined
}

/** Verbs whose runs have a report.html. */
export const hasReport = ({ verb }: Pick<RunSummary, 'verb'>): boolean => verb === 'profile' || verb === 'compare'
