import { expect, it } from 'vitest'
import { onlySplitting } from '../../../../src/main/trainer/frameworks/onlySplitting.ts'
import { playRecipe } from '../../../support/playRecipe.ts'

const points = ['input', 'pool2', 'pool3', 'output']
const play = async (int8: boolean) => {
  const change = { options: { int8 }, accuracy: () => 0.8, int8: { time: 0.5, loss: 0.03 } }
  const { exported, base } = await playRecipe(onlySplitting, points, undefined, undefined, change)
  const told = exported.map(({ point, form, head = 'dense', step }) => [point, form, head, step].join(' '))
  return { exported, base, told }
}

it('sends floats and codes at every cut and of the logits, the image as it is', async () => {
  const { told, exported, base } = await play(false)
  expect(told).toEqual([
    ...['input float32 dense ', 'pool2 float32 dense ', 'pool2 uint8 dense '],
    ...['pool3 float32 dense ', 'pool3 uint8 dense ', 'output float32 dense '],
    'output uint8 dense ',
  ])
  for (const { model, validationAccuracy } of exported) {
    expect(model).toBe(base.model)
    expect(validationAccuracy).toBe(0.8)
  }
})

it('has int8 heads behind the same codes where it is asked for them, with the accuracy of their files', async () => {
  const { told, exported } = await play(true)
  const int8 = exported.filter(({ head }) => head === 'int8')
  expect(int8.map(({ point, form, step }) => [point, form, step])).toEqual([
    ['pool2', 'uint8', 'int8 head'],
    ['pool3', 'uint8', 'int8 head'],
    ['output', 'uint8', 'int8 head'],
  ])
  for (const { validationAccuracy } of int8) expect(validationAccuracy).toBeCloseTo(0.77, 9)
  expect(told.filter((one) => !one.endsWith('int8 head'))).toEqual((await play(false)).told)
})
