import type { PartitionPoint } from '#common/network/partition.ts'
import { codecCuts } from '../codecs/recipe.ts'
import type { Fit } from '../quantisation/quantiseHead.ts'
import { quantiseHead } from '../quantisation/quantiseHead.ts'
import type { Base, HeadForm, Lab, Recipe, Staged } from './lab.ts'

const framework = 'q-cnn'

/** Words of a subspace at most: the published number for convolutions, and a quarter of it for narrow networks. */
const series = [128, 32] as const

/** The ablation with the weights alone, what is checked in ONNX Runtime, and the same weights as tables. */
const forms: readonly { name: string; fit: Fit; head: HeadForm }[] = [
  { name: 'weights fitted, dense', fit: 'weights', head: 'dense' },
  { name: 'responses fitted, dense', fit: 'responses', head: 'dense' },
  { name: 'responses fitted, lookup', fit: 'responses', head: 'lookup' },
]

/**
 * Q-CNN (Wu, Leng, Wang, Hu, Cheng, CVPR 2016; frameworks.md §14): product quantisation of the device part's weights, with
 * the words chosen by the error of the layers' responses; the server's part stays. Every set of words is exported as
 * ordinary layers with the words in their places, and as tables of products that the device looks up. Beside it the words
 * that are nearest to the weights, which shows what the responses bring.
 */
export const qcnn: Recipe = async function* (base, { codec }, lab) {
  const jobs = codecCuts(base.points, codec).flatMap((point) =>
    series.flatMap((words) => forms.map((form) => ({ point, words, form }))),
  )
  const title = 'Q-CNN: quantising the weights of the device part'
  for (const [index, { point, words, form }] of jobs.entries()) {
    const step = `${words} words, ${form.name}`
    lab.progress(framework, title, 'candidates', index, jobs.length, `${point.name}, ${step}`)
    const { model, validationAccuracy } = await quantise(base, point, words, form.fit, lab)
    lab.metric(framework, index, { quantised: validationAccuracy })
    const candidate = await lab.export(model, {
      ...{ framework, step, point: point.name, validationAccuracy },
      ...{ form: 'uint8', head: form.head },
    })
    yield { kind: 'candidate', candidate }
  }
  lab.progress(framework, title, 'candidates', jobs.length, jobs.length)
}

function quantise(base: Base, point: PartitionPoint, words: number, fit: Fit, lab: Lab): Promise<Staged> {
  const key = `${framework}/${point.name}/${words}-${fit}`
  return lab.stage(key, () =>
    quantiseHead(base.model, point.layer, {
      words,
      fit,
      random: (stream) => lab.random(`${framework}/${stream}`),
      features: lab.features,
      onLayer: (layer, count, error) =>
        lab.log(
          `Q-CNN, ${layer}: ${count} words${error === null ? '' : `, ${(100 * error).toPrecision(3)} % of the response lost`}.`,
        ),
    }),
  )
}
