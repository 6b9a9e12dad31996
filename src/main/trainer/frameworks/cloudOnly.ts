import { jpegQualities, lowestQuality } from '../codecs/jpegQuality.ts'
import type { Recipe } from './lab.ts'

const framework = 'cloud-only'

/**
 * No split at all: the image is coded and sent, and the unpruned network runs on the server. As PNG it loses nothing; as
 * JPEG as much as the bound allows, found on validation images. Every split has to be faster than these at equal accuracy.
 * JPEG's streams are abbreviated as BottleNet's are: both ends know the tables, which would outweigh a small image.
 */
export const cloudOnly: Recipe = async function* (base, { maxLoss }, lab) {
  const input = base.points.find(({ name }) => name === 'input')
  if (!input) return
  const split = { point: input.name, form: 'float32' } as const
  const title = 'Coding images'
  const total = jpegQualities.length + 1
  lab.progress(framework, title, 'codings', 0, total, 'PNG')
  const whole = { framework, step: 'PNG', ...split, bytes: { compressor: 'png' } as const }
  yield {
    kind: 'candidate',
    candidate: await lab.export(base.model, { ...whole, validationAccuracy: base.validationAccuracy }),
  }
  const found = await lowestQuality(lab, base.model, split, base.validationAccuracy - maxLoss, (quality, index) =>
    lab.progress(framework, title, 'codings', index + 1, total, `JPEG ${quality}`),
  )
  if (found) {
    const { quality, validationAccuracy } = found
    const coded = { framework, step: `JPEG ${quality}`, ...split, bytes: { compressor: 'jpeg', quality } as const }
    yield { kind: 'candidate', candidate: await lab.export(base.model, { ...coded, validationAccuracy }) }
  } else {
    const reason = 'no quality of JPEG up to 95 stays inside the accuracy bound'
    yield { kind: 'missing', missing: { framework, step: 'JPEG', partitionPoint: input.name, reason } }
  }
  lab.progress(framework, title, 'codings', total, total)
}
