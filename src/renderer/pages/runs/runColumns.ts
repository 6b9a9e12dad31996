import type { RunSummary } from '#common/contract/workbench.ts'
import { formatBytes, formatDuration, formatMs, formatPercent, formatPoints, significant } from '#common/units.ts'
import type { Column } from '../../components/column.ts'

/** A model that was profiled has no width. */
export const networkOf = ({ name, width }: NonNullable<RunSummary['network']>, times: string): string =>
  name.endsWith('.onnx') ? name : `${name} ${times} ${width}`
const word = (value: string | null): string => value ?? '–'
const time = (at: string): string => new Date(at).toLocaleString('sv-SE').slice(0, 16)

/** Against the pinned run: null for itself, and where one of the two has no such number. */
const against = (
  run: RunSummary,
  pinned: RunSummary | undefined,
  say: (one: NonNullable<RunSummary['best']>, other: NonNullable<RunSummary['best']>) => string,
): string | null => (pinned?.best && run.best && run.id !== pinned.id ? say(run.best, pinned.best) : null)

/** Columns of the runs' table, with deltas against the pinned run. What is best counts, not what was last. */
export const runColumns = (pinned: RunSummary | undefined): Column<RunSummary>[] => [
  {
    key: 'id',
    title: 'Run',
    exported: 'run_id',
    align: 'left',
    value: (run) => run.id,
    text: (run) => run.id,
    note: (run) => run.problem,
  },
  {
    key: 'verb',
    title: 'What',
    exported: 'verb',
    align: 'left',
    value: (run) => run.verb,
    text: (run) => run.verb,
    note: (run) => run.profile,
  },
  {
    key: 'network',
    title: 'Network',
    exported: 'network',
    align: 'left',
    value: (run) => (run.network ? networkOf(run.network, 'x') : null),
    text: (run) => (run.network ? networkOf(run.network, '×') : '–'),
  },
  {
    key: 'bestCut',
    title: 'Best cut',
    hint: 'The fastest candidate within the accuracy bound',
    exported: 'best_cut',
    align: 'left',
    value: (run) => run.best?.point ?? null,
    text: (run) => run.best?.point ?? '–',
    note: (run) => run.best?.series ?? null,
  },
  {
    key: 'bestMs',
    title: 'End to end (composed)',
    hint: "Of the best cut, on the run's link",
    exported: 'best_end_to_end_composed_ms',
    align: 'right',
    value: (run) => run.best?.ms ?? null,
    text: (run) => (run.best ? formatMs(run.best.ms) : '–'),
    note: (run) =>
      against(run, pinned, (one, other) =>
        one.ms <= other.ms ? `${significant(other.ms / one.ms)}× faster` : `${significant(one.ms / other.ms)}× slower`,
      ),
  },
  {
    key: 'bestAccuracy',
    title: 'Accuracy',
    hint: 'Of the best cut, on test images',
    exported: 'best_accuracy_fraction',
    align: 'right',
    value: (run) => run.best?.accuracy ?? null,
    text: (run) => (run.best ? formatPercent(run.best.accuracy) : '–'),
    note: (run) => against(run, pinned, (one, other) => formatPoints(one.accuracy - other.accuracy)),
  },
  {
    key: 'baseline',
    title: 'Baseline',
    hint: 'Accuracy of the unpruned network (of the model, for training and pruning) on test images',
    exported: 'baseline_accuracy_fraction',
    align: 'right',
    value: (run) => run.baselineAccuracy,
    text: (run) => (run.baselineAccuracy === null ? '–' : formatPercent(run.baselineAccuracy)),
  },
  {
    key: 'payload',
    title: 'Payload',
    hint: 'Of the best cut, per image',
    exported: 'best_payload_bytes',
    align: 'right',
    value: (run) => run.best?.payloadBytes ?? null,
    text: (run) => (run.best ? formatBytes(run.best.payloadBytes) : '–'),
  },
  {
    key: 'link',
    title: 'Link',
    exported: 'link',
    align: 'left',
    value: (run) => run.link,
    text: (run) => word(run.link),
  },
  {
    key: 'device',
    title: 'Device',
    exported: 'device',
    align: 'left',
    value: (run) => run.device,
    text: (run) => word(run.device),
  },
  {
    key: 'dataset',
    title: 'Images',
    exported: 'dataset',
    align: 'left',
    value: (run) => run.dataset,
    text: (run) => word(run.dataset),
  },
  {
    key: 'startedAt',
    title: 'Begun',
    exported: 'started_at',
    align: 'left',
    value: (run) => run.startedAt,
    text: (run) => time(run.startedAt),
  },
  {
    key: 'duration',
    title: 'Took',
    exported: 'duration_s',
    align: 'right',
    value: (run) => run.durationS,
    text: (run) => (run.durationS === null ? '–' : formatDuration(run.durationS)),
  },
  {
    key: 'candidates',
    title: 'Cand.',
    hint: 'Candidates',
    exported: 'candidates',
    align: 'right',
    value: (run) => run.candidates,
    text: (run) => String(run.candidates ?? '–'),
  },
  {
    key: 'frameworks',
    title: 'Frameworks',
    exported: 'frameworks',
    align: 'left',
    value: (run) => run.frameworks.join(' ') || null,
    text: (run) => run.frameworks.join(', ') || '–',
  },
  {
    key: 'seed',
    title: 'Seed',
    exported: 'seed',
    align: 'right',
    value: (run) => run.seed,
    text: (run) => String(run.seed ?? '–'),
  },
]
