import { expect, it } from 'vitest'
import { computed, shallowRef } from 'vue'
import type { JobEvent } from '#common/contract/job.ts'
import { emptyView, fold } from '../../src/renderer/jobs/fold.ts'
import { stagesOf } from '../../src/renderer/jobs/stages.ts'

const metric = (stage: string, step: number): JobEvent => ({
  kind: 'metric',
  at: '',
  metric: { stage, step, values: { loss: step } },
})

it('a part of the metrics changes with points of its stages only, in whatever way they come', () => {
  const view = shallowRef(emptyView())
  const stages = stagesOf(() => view.value.metrics)
  let drawn = 0
  const steps = stages((stage) => stage === 'steps')
  const lengths = computed(() => {
    drawn++
    return (steps.value.get('steps') ?? []).map(({ values }) => values.loss)
  })
  const tell = (event: JobEvent): void => {
    view.value = fold(view.value, event)
  }
  tell(metric('steps', 1))
  expect(lengths.value).toEqual([1])
  tell(metric('epochs', 1))
  tell({ kind: 'log', at: '', level: 'info', text: 'something' })
  expect(lengths.value).toEqual([1])
  expect(drawn).toBe(1)
  // Appended to the array that is there.
  tell(metric('steps', 2))
  expect(lengths.value).toEqual([1, 2])
  // Put into its middle: another array of the same length.
  tell({ kind: 'metric', at: '', metric: { stage: 'steps', step: 1, values: { loss: 7 } } })
  expect(lengths.value).toEqual([7, 2])
  expect(drawn).toBe(3)
})
