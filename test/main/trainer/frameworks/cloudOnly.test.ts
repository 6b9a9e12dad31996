import { describe, expect, it } from 'vitest'
import { profiles } from '#common/experiment/profiles.ts'
import type { ByteForm } from '../../../../src/main/trainer/candidates/bytes.ts'
import { cloudOnly } from '../../../../src/main/trainer/frameworks/cloudOnly.ts'
import { playRecipe } from '../../../support/playRecipe.ts'
import { smallVgg } from '../../../support/randomModel.ts'

const play = (coded: (bytes: ByteForm) => number, points = ['input', 'pool3']) =>
  playRecipe(cloudOnly, points, profiles.quick.codec, smallVgg(0.25), { coded, options: { maxLoss: 0.05 } })
const qualityOf = (bytes: ByteForm): number => (bytes.compressor === 'jpeg' ? bytes.quality : 100)

describe('cloud-only', () => {
  it('sends the image as PNG, and as JPEG of the lowest quality inside the bound', async () => {
    // 0.8 unpruned: quality 30 is the first that loses no more than 5 points.
    const { exported, yielded } = await play((bytes) => 0.8 - 1.2 / qualityOf(bytes))
    expect(yielded.map(({ kind }) => kind)).toEqual(['candidate', 'candidate'])
    expect(exported.map(({ step, point, validationAccuracy }) => [step, point, validationAccuracy])).toEqual([
      ['PNG', 'input', 0.8],
      ['JPEG 30', 'input', 0.8 - 1.2 / 30],
    ])
    expect(exported[1]!.bytes).toEqual({ compressor: 'jpeg', quality: 30 })
  })

  it('leaves JPEG out where no quality is good enough, and everything where the image is not to be sent', async () => {
    const { exported, yielded } = await play(() => 0.1)
    expect(exported).toHaveLength(1)
    expect(yielded[1]).toMatchObject({ kind: 'missing', missing: { framework: 'cloud-only', step: 'JPEG' } })
    expect((await play(() => 0.8, ['pool3'])).yielded).toEqual([])
  })
})
