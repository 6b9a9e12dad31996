import { expect, it } from 'vitest'
import { jsccSetting, qcnnSetting, safbmpVariant } from '#common/experiment/steps.ts'

it('reads the settings that steps name, and nothing from others', () => {
  expect(jsccSetting('C/4, 14.5 dB, ratio 0.5')).toEqual({ share: 1 / 4, snr: 14.5, ratio: 0.5 })
  expect(jsccSetting('C/32, -5 dB, ratio 0.75')).toEqual({ share: 1 / 32, snr: -5, ratio: 0.75 })
  expect(jsccSetting('awgn C/4')).toBeNull()
  expect(jsccSetting(null)).toBeNull()
  expect(safbmpVariant('C/4, sparsity 0.5')).toBe('whole')
  expect(safbmpVariant('sparsity 0.5, no coding')).toBe('no coding')
  expect(safbmpVariant('C/4, sparsity 0.5, empirical reading')).toBe('whole')
  expect(safbmpVariant('neither')).toBe('neither')
  expect(safbmpVariant('C/4, no pruning, 4-bit')).toBe('no pruning')
  expect(qcnnSetting('32 words, responses fitted, lookup')).toEqual({ words: 32, fit: 'responses', head: 'lookup' })
  expect(qcnnSetting('step1')).toBeNull()
})
