import { expect, it } from 'vitest'
import { compareRequestSchema } from '#common/contract/workbench.ts'
import { defaultFields, toRequest } from '../../src/renderer/pages/compare/form.ts'

const fields = () => defaultFields(['only-splitting', 'two-step'])

it('asks for what the contract allows, and leaves to the profile what is empty', () => {
  const request = toRequest(fields())
  expect(compareRequestSchema.parse(request)).toMatchObject({
    profile: 'quick',
    frameworks: 'only-splitting,two-step',
    points: null,
    gamma: null,
    maxLoss: null,
    epochs: null,
  })
})

it('takes points, a folder, a link of its own, and percentage points as a fraction', () => {
  const request = toRequest({
    ...fields(),
    points: 'chosen',
    chosenPoints: ['pool1', 'pool3'],
    data: 'folder',
    folder: ' /data/images ',
    link: 'custom',
    customLink: '2.5,20',
    maxLoss: 5,
  })
  expect(request).toMatchObject({ points: 'pool1,pool3', data: '/data/images', link: '2.5,20', maxLoss: 0.05 })
})

it("asks for SAFBMP's readings and ablations where something is chosen", () => {
  expect(toRequest(fields())).toMatchObject({ biasReadings: null, ablations: null })
  expect(toRequest({ ...fields(), biasReadings: 'all', ablations: 'none' })).toMatchObject({
    biasReadings: 'all',
    ablations: 'none',
  })
})

it('asks for int8 heads where only-splitting is compared, for end to end and for the power of a board', () => {
  expect(toRequest(fields())).toMatchObject({ int8: false, endToEnd: false, powerMeter: null, boardPower: null })
  const asked = { ...fields(), int8: true, endToEnd: true, powerMeter: ' /dev/ttyACM0 ', activeW: 3.7, idleW: 1.4 }
  expect(compareRequestSchema.parse(toRequest(asked))).toMatchObject({
    ...{ int8: true, endToEnd: true, powerMeter: '/dev/ttyACM0' },
    boardPower: { activeW: 3.7, idleW: 1.4 },
  })
  expect(toRequest({ ...asked, frameworks: ['two-step'] })).toMatchObject({ int8: false })
})

it.each([
  ['width', { width: 0 }, 'Width'],
  ['no width', { width: '' as const }, 'Width'],
  ['no framework', { frameworks: [] }, 'Frameworks'],
  ['no point', { points: 'chosen' as const }, 'Partition points'],
  ['no folder', { data: 'folder' }, 'Images'],
  ['half an epoch', { epochs: 1.5 }, 'Epochs'],
  ['a negative seed', { seed: -1 }, 'Seed'],
  ['γ of 0', { gamma: 0 }, 'γ'],
  ['γ and end to end', { gamma: 5, endToEnd: true }, 'γ'],
  ['half a power', { activeW: 3 }, "Board's power"],
  ['more power at rest', { activeW: 3, idleW: 4 }, "Board's power"],
  ['a loss over 100 points', { maxLoss: 101 }, 'Largest accuracy loss'],
])('says which field is wrong: %s', (_, change, field) => {
  expect(toRequest({ ...fields(), ...change })).toMatch(new RegExp(`^${field}`))
})
