import { expect, it } from 'vitest'
import type { JobEvent, Metric } from '#common/contract/job.ts'
import {
  channelHeat,
  scoreBoxes,
  stepLines,
  stepLoss,
  stepRate,
  thinnedStepLines,
} from '../../src/renderer/charts/training.ts'
import { emptyView, fold } from '../../src/renderer/jobs/fold.ts'
import { defaultPruning, defaultTraining, pruneForm, trainForm } from '../../src/renderer/pages/train/forms.ts'

const metric = (stage: string, step: number, values: Record<string, number>): JobEvent => ({
  kind: 'metric',
  at: '2026-11-27T00:00:00.000Z',
  metric: { stage, step, values },
})
const metricsOf = (...events: JobEvent[]): ReadonlyMap<string, readonly Metric[]> =>
  events.reduce(fold, emptyView()).metrics

it('draws channels left by iteration, as shares of those of the unpruned network', () => {
  const heat = channelHeat(
    metricsOf(
      metric('prune', 0, { macShare: 1, 'filters/conv1': 16, 'filters/conv2': 32 }),
      metric('prune', 1, { macShare: 0.8, 'filters/conv1': 12, 'filters/conv2': 32 }),
      // The iteration that a resumed run repeats takes the place of the first try.
      metric('prune', 1, { macShare: 0.7, 'filters/conv1': 8, 'filters/conv2': 24 }),
    ),
  )
  expect(heat.layers).toEqual(['conv1', 'conv2'])
  expect(heat.iterations).toEqual([0, 1])
  expect(heat.cells.find(({ iteration, layer }) => iteration === 1 && layer === 'conv2')).toEqual({
    iteration: 1,
    layer: 'conv2',
    channels: 24,
    share: 0.75,
  })
})

it('keeps scores per iteration and shows the newest unless another is chosen', () => {
  const metrics = metricsOf(
    metric('prune/scores', 1, { 'scores/conv1/0': 0, 'scores/conv1/2': 0.5, 'scores/conv1/4': 1 }),
    metric('prune/scores', 2, { 'scores/conv1/0': 0.1, 'scores/conv1/2': 0.6, 'scores/conv1/4': 2 }),
  )
  expect(scoreBoxes(metrics)?.layers[0]?.quartiles[4]).toBe(2)
  expect(scoreBoxes(metrics, 1)?.layers[0]?.quartiles[4]).toBe(1)
  expect(scoreBoxes(metricsOf())).toBeNull()
})

it('draws loss and rate of single steps, in the order of the steps', () => {
  const metrics = metricsOf(
    metric('baseline/steps', 10, { loss: 2, rate: 0.01 }),
    metric('baseline/steps', 20, { loss: 1, rate: 0.02 }),
    metric('baseline/steps', 10, { loss: 3, rate: 0.01 }),
  )
  const points = [
    [10, 3],
    [20, 1],
  ]
  expect(stepLines(metrics, stepLoss)[0]!.points).toEqual(points)
  expect(thinnedStepLines(metrics, stepLoss)[0]!.points).toEqual(points)
  expect(stepLines(metrics, stepRate)[0]!.points.at(-1)).toEqual([20, 0.02])
})

it('goes on thinning where it was, and begins anew where a resumed run repeats steps', () => {
  const steps = (from: number, to: number, loss: number): JobEvent[] =>
    Array.from({ length: to - from }, (_, index) => metric('baseline/steps', from + index, { loss }))
  let view = steps(0, 5000, 1).reduce(fold, emptyView())
  const drawn = () => thinnedStepLines(view.metrics, stepLoss)[0]!.points
  expect(drawn().length).toBeLessThanOrEqual(1024)
  view = steps(5000, 5010, 7).reduce(fold, view)
  expect(drawn().at(-1)![1]).toBe(7)
  view = fold(view, metric('baseline/steps', 100, { loss: 9 }))
  expect(Math.max(...drawn().map(([, loss]) => loss))).toBe(9)
})

it('says what is wrong with a form, and turns per cent into fractions', () => {
  expect(trainForm({ ...defaultTraining(), epochs: 1.5 })).toBe('Epochs: enter a whole number above 0.')
  expect(trainForm(defaultTraining())).toMatchObject({ verb: 'train', epochs: null, width: 0.25 })
  expect(pruneForm(undefined, defaultPruning())).toContain('Model')
  expect(pruneForm('run', { ...defaultPruning(), macShare: 120 })).toContain('MACs to keep')
  expect(pruneForm('run', { ...defaultPruning(), macShare: 40, maxLoss: 2 })).toMatchObject({
    macShare: 0.4,
    maxLoss: 0.02,
  })
})
