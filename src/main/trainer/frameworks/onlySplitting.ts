import type { FeatureForm, Recipe } from './lab.ts'

/**
 * Only-splitting (Kang et al. 2017, Neurosurgeon; frameworks.md §5): the trained network as it is, cut at every point
 * j = 0…N. Features cross as float32 (the original implementations) and as 8-bit codes, in separate candidates, so
 * that the gain of quantising is not credited to a framework. `input` sends the raw uint8 image, `output` the logits:
 * there is nothing to quantise, so each is one candidate.
 */
export const onlySplitting: Recipe = async function* (base, _options, lab) {
  yield { kind: 'model', series: 'original', points: 'all', model: base.model }
  const jobs = base.points.flatMap((point): { point: string; form: FeatureForm }[] =>
    point.name === 'input' || point.name === 'output'
      ? [{ point: point.name, form: 'float32' }]
      : [
          { point: point.name, form: 'float32' },
          { point: point.name, form: 'uint8' },
        ],
  )
  for (const [index, job] of jobs.entries()) {
    lab.progress('only-splitting', 'Exporting the unpruned candidates', 'candidates', index, jobs.length, job.point)
    const candidate = await lab.export(base.model, {
      framework: 'only-splitting',
      step: null,
      ...job,
      validationAccuracy: base.validationAccuracy,
    })
    yield { kind: 'candidate', candidate }
  }
  lab.progress('only-splitting', 'Exporting the unpruned candidates', 'candidates', jobs.length, jobs.length)
}
