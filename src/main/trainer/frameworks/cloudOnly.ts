import type { ImageCompressor } from '../codecs/imageQuality.ts'
import { imageQualities, lowestQuality } from '../codecs/imageQuality.ts'
import type { Recipe } from './lab.ts'

const framework = 'cloud-only'

const lossy: Record<ImageCompressor, string> = { jpeg: 'JPEG', webp: 'WebP' }

/** Qualities that are candidates whatever they lose, so that bytes can be compared at equal accuracy. */
const shown: readonly number[] = [20, 50, 80, 95]

/**
 * No split at all: the image is coded and sent, and the unpruned network runs on the server. As PNG it loses nothing; as
 * JPEG and as WebP as much as the bound allows, found on validation images, and at some fixed qualities beside it. Every
 * split has to be faster than these at equal accuracy. What both ends know is not sent: JPEG's tables, as BottleNet's are
 * not, and WebP's file headers would outweigh a small image.
 */
export const cloudOnly: Recipe = async function* (base, { maxLoss }, lab) {
  const input = base.points.find(({ name }) => name === 'input')
  if (!input) return
  const { model } = base
  const split = { point: input.name, form: 'float32' } as const
  const title = 'Coding images'
  const compressors = Object.keys(lossy) as ImageCompressor[]
  const total = 1 + compressors.length * imageQualities.length
  const progress = (done: number, detail?: string): void =>
    lab.progress(framework, title, 'codings', done, total, detail)
  progress(0, 'PNG')
  const whole = { framework, step: 'PNG', ...split, bytes: { compressor: 'png' } as const }
  yield {
    kind: 'candidate',
    candidate: await lab.export(model, { ...whole, validationAccuracy: base.validationAccuracy }),
  }
  for (const [nth, compressor] of compressors.entries()) {
    const name = lossy[compressor]
    const before = 1 + nth * imageQualities.length
    const least = base.validationAccuracy - maxLoss
    const found = await lowestQuality(lab, { model, split, compressor }, least, (quality, index) =>
      progress(before + index, `${name} ${quality}`),
    )
    for (const [index, quality] of imageQualities.entries()) {
      if (quality !== found?.quality && !shown.includes(quality)) continue
      progress(before + index, `${name} ${quality}`)
      const bytes = { compressor, quality }
      const validationAccuracy = await lab.throughBytes(model, { ...split, bytes })
      const coded = { framework, step: `${name} ${quality}`, ...split, bytes, validationAccuracy }
      yield { kind: 'candidate', candidate: await lab.export(model, coded) }
    }
    if (!found) {
      const reason = `no quality of ${name} up to 95 stays inside the accuracy bound`
      yield { kind: 'missing', missing: { framework, step: name, partitionPoint: input.name, reason } }
    }
  }
  progress(total)
}
