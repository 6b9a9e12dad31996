import { expect, it } from 'vitest'
import type { JobEvent } from '#common/contract/job.ts'
import { channelsLeft, lossLines, pruningLines } from '../../src/renderer/charts/live.ts'
import { emptyView, fold } from '../../src/renderer/jobs/fold.ts'

const at = '2026-11-27T10:00:00.000Z'
const metric = (stage: string, step: number, values: Record<string, number>): JobEvent => ({
  kind: 'metric',
  at,
  metric: { stage, step, values },
})
const viewOf = (events: readonly JobEvent[]) => events.reduce(fold, emptyView())

it('folds progress, log and metrics, and the same events again give the same view', () => {
  const events: JobEvent[] = [
    { kind: 'queued', at, title: 'Compare', command: 'splitbench compare' },
    { kind: 'started', at, pid: 1 },
    { kind: 'progress', at, progress: { phase: 'baseline', title: 'Training', unit: 'epochs', done: 1, total: 2 } },
    metric('baseline', 1, { loss: 2, validationAccuracy: 0.1 }),
    { kind: 'log', at, level: 'warn', text: 'Other work is running.' },
    { kind: 'cancelled', at },
  ]
  const view = viewOf(events)
  expect(view.progress?.done).toBe(1)
  expect(view.log.map(({ number, level, text }) => [number, level, text])).toEqual([
    [1, 'warn', 'Other work is running.'],
    [2, 'warn', 'Cancelled.'],
  ])
  expect(viewOf(events)).toEqual(view)
})

it('keeps the later of two metrics of one step: a resumed run repeats what followed its checkpoint', () => {
  const view = viewOf([
    metric('baseline', 1, { loss: 2 }),
    metric('baseline', 2, { loss: 1.5 }),
    { kind: 'resumed', at, pid: 2 },
    metric('baseline', 2, { loss: 1.4 }),
    metric('baseline', 3, { loss: 1.2 }),
  ])
  expect(lossLines(view.metrics)[0]!.points).toEqual([
    [1, 2],
    [2, 1.4],
    [3, 1.2],
  ])
})

it('shows the filters of the newest try: of step 1 in every layer, of step 2 in the layer that it pruned for', () => {
  const view = viewOf([
    metric('step 1', 1, { validationAccuracy: 0.7, macShare: 0.9, 'filters/conv1': 14, 'filters/conv2': 15 }),
    metric('step 1', 2, { validationAccuracy: 0.6, macShare: 0.8, 'filters/conv1': 12, 'filters/conv2': 13 }),
    // Step 2 counts filters, downwards.
    metric('step2/conv2', 8, { validationAccuracy: 0.55, macShare: 0.7, 'filters/conv1': 12, 'filters/conv2': 8 }),
    metric('step2/conv2', 4, { validationAccuracy: 0.5, macShare: 0.6, 'filters/conv1': 12, 'filters/conv2': 4 }),
  ])
  expect(channelsLeft(view.metrics)).toMatchObject({
    layers: ['conv1', 'conv2'],
    stages: [{ filters: [12, 13] }, { filters: [null, 4] }],
  })
  expect(pruningLines(view.metrics).map(({ name, points }) => [name, points])).toEqual([
    [
      'step 1',
      [
        [0.9, 0.7],
        [0.8, 0.6],
      ],
    ],
    [
      'step 2',
      [
        [0.7, 0.55],
        [0.6, 0.5],
      ],
    ],
  ])
})
