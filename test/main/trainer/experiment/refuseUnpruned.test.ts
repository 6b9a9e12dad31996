import { expect, it } from 'vitest'
import { CodedError } from '#common/errors.ts'
import { refuseUnpruned } from '../../../../src/main/trainer/experiment/laboratory.ts'

it('a "pruned" candidate with the weights of the baseline is refused', () => {
  expect(() => refuseUnpruned('two-step', 'step1', 'aaaa', 'aaaa')).toThrow(CodedError)
  expect(() => refuseUnpruned('two-step', 'step2', 'aaaa', 'aaaa')).toThrow(/unpruned baseline/)
  expect(() => refuseUnpruned('two-step', 'step1', 'bbbb', 'aaaa')).not.toThrow()
  expect(() => refuseUnpruned('only-splitting', null, 'aaaa', 'aaaa')).not.toThrow()
})
