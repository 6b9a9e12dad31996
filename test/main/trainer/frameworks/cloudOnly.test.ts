import { describe, expect, it } from 'vitest'
import { profiles } from '#common/experiment/profiles.ts'
import type { ByteForm } from '../../../../src/main/trainer/candidates/bytes.ts'
import { cloudOnly } from '../../../../src/main/trainer/frameworks/cloudOnly.ts'
import { playRecipe } from '../../../support/playRecipe.ts'
import { smallVgg } from '../../../support/randomModel.ts'

const play = (coded: (bytes: ByteForm) => number, points = ['input', 'pool3']) =>
  playRecipe(cloudOnly, points, profiles.quick.codec, smallVgg(0.25), { coded, options: { maxLoss: 0.05 } })
const qualityOf = (bytes: ByteForm): number => ('quality' in bytes ? bytes.quality : 100)

describe('cloud-only', () => {
  it('sends the image as PNG, and as JPEG and WebP of the lowest quality inside the bound, beside fixed ones', async () => {
    // 0.8 unpruned: quality 30 of JPEG is the first that loses no more than 5 points, 10 of WebP.
    const lost = (bytes: ByteForm) => (bytes.compressor === 'webp' ? 0.4 : 1.2) / qualityOf(bytes)
    const { exported, yielded } = await play((bytes) => 0.8 - lost(bytes))
    expect(yielded.every(({ kind }) => kind === 'candidate')).toBe(true)
    expect(exported.map(({ step }) => step)).toEqual([
      'PNG',
      ...[20, 30, 50, 80, 95].map((quality) => `JPEG ${quality}`),
      ...[10, 20, 50, 80, 95].map((quality) => `WebP ${quality}`),
    ])
    expect(exported.every(({ point }) => point === 'input')).toBe(true)
    const [png, , jpeg] = exported
    expect(png!.validationAccuracy).toBe(0.8)
    expect(jpeg).toMatchObject({
      bytes: { compressor: 'jpeg', quality: 30 },
      validationAccuracy: 0.8 - 1.2 / 30,
    })
    expect(exported[6]).toMatchObject({
      bytes: { compressor: 'webp', quality: 10 },
      validationAccuracy: 0.8 - 0.4 / 10,
    })
  })

  it('says so where no quality is good enough, and leaves everything out where the image is not to be sent', async () => {
    const { exported, yielded } = await play(() => 0.1)
    expect(exported.map(({ step }) => step)).toEqual([
      'PNG',
      ...['JPEG', 'WebP'].flatMap((name) => [20, 50, 80, 95].map((quality) => `${name} ${quality}`)),
    ])
    const missing = yielded.filter(({ kind }) => kind === 'missing')
    expect(missing).toEqual(
      ['JPEG', 'WebP'].map((step) => ({
        kind: 'missing',
        missing: expect.objectContaining({ framework: 'cloud-only', step, partitionPoint: 'input' }),
      })),
    )
    expect((await play(() => 0.8, ['pool3'])).yielded).toEqual([])
  })
})
