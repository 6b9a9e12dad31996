import type { FeatureForm, HeadForm, Recipe } from './lab.ts'

interface Job {
  point: string
  form: FeatureForm
  head?: HeadForm
}

/**
 * Only-splitting (Kang et al. 2017, Neurosurgeon; frameworks.md §5): the trained network as it is, cut at every point
 * j = 0…N. Features cross as float32 (the original implementations) and as 8-bit codes, in separate candidates, so
 * that the gain of quantising is not credited to a framework; so do the logits at `output`. `input` sends the raw uint8
 * image: there is nothing to quantise. Where it is asked for, the 8-bit codes also come from heads that
 * compute in int8 (no part of the paper).
 */
export const onlySplitting: Recipe = async function* (base, { int8 }, lab) {
  yield { kind: 'model', series: 'original', points: 'all', model: base.model }
  const jobs = base.points.flatMap(({ name: point }): Job[] =>
    point === 'input'
      ? [{ point, form: 'float32' }]
      : [
          { point, form: 'float32' },
          { point, form: 'uint8' },
          ...(int8 ? [{ point, form: 'uint8', head: 'int8' } as const] : []),
        ],
  )
  for (const [index, job] of jobs.entries()) {
    lab.progress('only-splitting', 'Exporting the unpruned candidates', 'candidates', index, jobs.length, job.point)
    const candidate = await lab.export(base.model, {
      framework: 'only-splitting',
      step: job.head ? 'int8 head' : null,
      ...job,
      validationAccuracy: job.head ? await lab.throughBytes(base.model, job) : base.validationAccuracy,
    })
    yield { kind: 'candidate', candidate }
  }
  lab.progress('only-splitting', 'Exporting the unpruned candidates', 'candidates', jobs.length, jobs.length)
}
