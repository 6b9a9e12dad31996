import type { RunSummary } from '#common/contract/workbench.ts'
import { formatBytes, formatDuration, formatMs, formatPercent, formatPoints, significant } from '#common/units.ts'
import type { Column } from '../../components/column.ts'
import { figureColumn, unknownText, wordColumn } from '../../components/column.ts'

/** A model that was profiled has no width. */
export const networkOf = ({ name, width }: NonNullable<RunSummary['network']>, times: string): string =>
  name.endsWith('.onnx') ? name : `${name} ${times} ${width}`
const time = (at: string): string => new Date(at).toLocaleString('sv-SE').slice(0, 16)

/** Against the pinned run: null for itself, and where one of the two has no such number. */
const against = (
  run: RunSummary,
  pinned: RunSummary | undefined,
  say: (one: NonNullable<RunSummary['best']>, other: NonNullable<RunSummary['best']>) => string,
): string | null => (pinned?.best && run.best && run.id !== pinned.id ? say(run.best, pinned.best) : null)

/** With these a row would be wider than a window of 1280 pixels, and one of them lie half under the buttons. */
export const asideColumns: readonly string[] = [
  ...['device', 'dataset', 'startedAt', 'duration', 'candidates', 'frameworks', 'seed'],
]

/** Columns of the runs' table, with deltas against the pinned run. What is best counts, not what was last. */
export const runColumns = (pinned: RunSummary | undefined): Column<RunSummary>[] => [
  wordColumn({ key: 'id', title: 'Run', exported: 'run_id', note: (run) => run.problem }, (run) => run.id),
  wordColumn({ key: 'verb', title: 'What', exported: 'verb', note: (run) => run.profile }, (run) => run.verb),
  {
    key: 'network',
    title: 'Network',
    exported: 'network',
    align: 'left',
    value: (run) => (run.network ? networkOf(run.network, 'x') : null),
    text: (run) => (run.network ? networkOf(run.network, '×') : unknownText),
  },
  wordColumn(
    {
      key: 'bestCut',
      title: 'Best cut',
      hint: 'The fastest candidate within the accuracy bound',
      exported: 'best_cut',
      note: (run) => run.best?.series ?? null,
    },
    (run) => run.best?.point ?? null,
  ),
  figureColumn(
    {
      key: 'bestMs',
      title: 'End to end (composed)',
      hint: "Of the best cut, on the run's link",
      exported: 'best_end_to_end_composed_ms',
      note: (run) =>
        against(run, pinned, (one, other) =>
          one.ms <= other.ms
            ? `${significant(other.ms / one.ms)}× faster`
            : `${significant(one.ms / other.ms)}× slower`,
        ),
    },
    (run) => run.best?.ms ?? null,
    formatMs,
  ),
  figureColumn(
    {
      key: 'bestAccuracy',
      title: 'Accuracy',
      hint: 'Of the best cut, on test images',
      exported: 'best_accuracy_fraction',
      note: (run) => against(run, pinned, (one, other) => formatPoints(one.accuracy - other.accuracy)),
    },
    (run) => run.best?.accuracy ?? null,
    formatPercent,
  ),
  figureColumn(
    {
      key: 'baseline',
      title: 'Baseline',
      hint: 'Accuracy of the unpruned network (of the model, for training and pruning) on test images',
      exported: 'baseline_accuracy_fraction',
    },
    (run) => run.baselineAccuracy,
    formatPercent,
  ),
  figureColumn(
    { key: 'payload', title: 'Payload', hint: 'Of the best cut, per image', exported: 'best_payload_bytes' },
    (run) => run.best?.payloadBytes ?? null,
    formatBytes,
  ),
  wordColumn({ key: 'link', title: 'Link', exported: 'link' }, (run) => run.link),
  wordColumn({ key: 'device', title: 'Device', exported: 'device' }, (run) => run.device),
  wordColumn({ key: 'dataset', title: 'Images', exported: 'dataset' }, (run) => run.dataset),
  wordColumn(
    { key: 'startedAt', title: 'Begun', exported: 'started_at', text: (run) => time(run.startedAt) },
    (run) => run.startedAt,
  ),
  figureColumn(
    { key: 'duration', title: 'Took', exported: 'duration_s' },
    (run) => run.durationS,
    (seconds) => formatDuration(seconds),
  ),
  figureColumn(
    { key: 'candidates', title: 'Cand.', hint: 'Candidates', exported: 'candidates' },
    (run) => run.candidates,
    String,
  ),
  {
    key: 'frameworks',
    title: 'Frameworks',
    exported: 'frameworks',
    align: 'left',
    value: (run) => run.frameworks.join(' ') || null,
    text: (run) => run.frameworks.join(', ') || unknownText,
  },
  figureColumn({ key: 'seed', title: 'Seed', exported: 'seed' }, (run) => run.seed, String),
]
