import { expect, it } from 'vitest'
import { profiles } from '#common/experiment/profiles.ts'
import { jsccSetting, qcnnSetting, safbmpVariant, safbmpVariants } from '#common/experiment/steps.ts'
import { jscc } from '../../../../src/main/trainer/frameworks/jscc.ts'
import { qcnn } from '../../../../src/main/trainer/frameworks/qcnn.ts'
import { safbmp } from '../../../../src/main/trainer/frameworks/safbmp.ts'
import { playRecipe } from '../../../support/playRecipe.ts'

const stepsOf = async (...play: Parameters<typeof playRecipe>) =>
  (await playRecipe(...play)).exported.map(({ step }) => step)

it('are what figures and orderings read settings from, for every candidate that the recipes make', async () => {
  const codec = { ...profiles.lab.codec, points: ['pool2'] }
  const settings = (await stepsOf(jscc, ['pool2'], codec)).map(jsccSetting)
  expect(settings).not.toContain(null)
  const values = (key: 'snr' | 'ratio') => [...new Set(settings.map((one) => one![key]))].sort((a, b) => a - b)
  expect(values('snr')).toEqual([...codec.snrs].sort((a, b) => a - b))
  expect(values('ratio')).toEqual([...codec.ratios].sort((a, b) => a - b))
  for (const { share } of settings.map((one) => one!)) expect(codec.widths).toContainEqual(expect.closeTo(share, 6))

  const ablations = ['no-pruning', 'no-coding', 'neither'] as const
  const variants = (await stepsOf(safbmp, ['pool2'], { ...codec, ablations: [...ablations] })).map(safbmpVariant)
  expect(new Set(variants)).toEqual(new Set(safbmpVariants))
  expect(variants.filter((one) => one === 'no pruning')).toHaveLength(1)

  const words = (await stepsOf(qcnn, ['pool2'], codec)).map(qcnnSetting)
  expect(words).not.toContain(null)
  expect(new Set(words.map((one) => one!.head))).toEqual(new Set(['dense', 'lookup']))
})
