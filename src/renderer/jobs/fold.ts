import type { JobEvent, Metric, Progress } from '#common/contract/job.ts'
import type { LiveLook, Sight } from '#common/contract/live.ts'

export interface LogLine {
  /** Counted from the job's first line, also where older ones are no longer kept. */
  number: number
  at: string
  level: 'info' | 'warn' | 'error'
  text: string
}

/** What is seen of a job beside its summary: a fold over its events. */
export interface JobView {
  progress: Progress | null
  log: readonly LogLine[]
  /**
   * Points of live curves by stage: "baseline", "step1", "step2/conv3", … A point more is put into the array that is
   * there (curves have a hundred thousand), and the map is a new one.
   */
  metrics: ReadonlyMap<string, readonly Metric[]>
  /** Of live inference: what happened between two looks at the link, and what came of the last image. */
  looks: readonly LiveLook[]
  seen: { run: string; candidate: string; sight: Sight } | null
}

/** Older lines of a job that says much are in the run folder's events.jsonl. */
const keptLines = 2_000

export const emptyView = (): JobView => ({
  progress: null,
  log: [],
  metrics: new Map(),
  looks: [],
  seen: null,
})

/** The next view. The one before is used up by it: its curves are the same arrays. */
export function fold(view: JobView, event: JobEvent): JobView {
  switch (event.kind) {
    case 'progress':
      return { ...view, progress: event.progress }
    case 'metric':
      return { ...view, metrics: withMetric(view.metrics, event.metric) }
    case 'look':
      return { ...view, looks: [...view.looks, event.look] }
    case 'sight':
      return { ...view, seen: { run: event.run, candidate: event.candidate, sight: event.sight } }
    case 'log':
      return withLine(view, { at: event.at, level: event.level, text: event.text })
    case 'artifact':
      return withLine(view, { at: event.at, level: 'info', text: `Candidate: ${event.title}` })
    case 'resumed':
      return withLine(view, { at: event.at, level: 'info', text: 'Resumed.' })
    case 'failed':
      return withLine(view, { at: event.at, level: 'error', text: event.error.message })
    case 'cancelled':
      return withLine(view, { at: event.at, level: 'warn', text: 'Cancelled.' })
    case 'finished':
      return withLine(view, { at: event.at, level: 'info', text: 'Finished.' })
    default:
      return view
  }
}

const withLine = (view: JobView, line: Omit<LogLine, 'number'>): JobView => ({
  ...view,
  log: [...view.log.slice(-keptLines + 1), { number: (view.log.at(-1)?.number ?? 0) + 1, ...line }],
})

/** In the order of the tries. A resumed run repeats the steps after its checkpoint: the later word takes the place. */
function withMetric(metrics: JobView['metrics'], metric: Metric): JobView['metrics'] {
  const points = metrics.get(metric.stage) ?? []
  const last = points.at(-1)
  if (last === undefined || metric.step > last.step) {
    ;(points as Metric[]).push(metric)
    return new Map(metrics).set(metric.stage, points)
  }
  const repeated = points.some(({ step }) => step === metric.step)
  const next = repeated ? points.map((point) => (point.step === metric.step ? metric : point)) : [...points, metric]
  return new Map([...metrics, [metric.stage, next]])
}
