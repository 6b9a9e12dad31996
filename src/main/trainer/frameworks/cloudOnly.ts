import type { ByteForm } from '../candidates/bytes.ts'
import type { Recipe } from './lab.ts'

const framework = 'cloud-only'

/** Of JPEG, from the fewest bytes up (frameworks.md §7.5): the first whose loss is inside the bound is taken. */
const qualities = [5, 10, 20, 30, 40, 50, 65, 80, 95]

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
  const total = qualities.length + 1
  lab.progress(framework, title, 'codings', 0, total, 'PNG')
  const whole = { framework, step: 'PNG', ...split, bytes: { compressor: 'png' } as const }
  yield {
    kind: 'candidate',
    candidate: await lab.export(base.model, { ...whole, validationAccuracy: base.validationAccuracy }),
  }
  for (const [index, quality] of qualities.entries()) {
    const step = `JPEG ${quality}`
    lab.progress(framework, title, 'codings', index + 1, total, step)
    const bytes: ByteForm = { compressor: 'jpeg', quality }
    const validationAccuracy = await lab.throughBytes(base.model, { ...split, bytes })
    if (base.validationAccuracy - validationAccuracy > maxLoss) continue
    const request = { framework, step, ...split, bytes, validationAccuracy }
    yield { kind: 'candidate', candidate: await lab.export(base.model, request) }
    lab.progress(framework, title, 'codings', total, total)
    return
  }
  const reason = 'no quality of JPEG up to 95 stays inside the accuracy bound'
  yield { kind: 'missing', missing: { framework, step: 'JPEG', partitionPoint: input.name, reason } }
}
