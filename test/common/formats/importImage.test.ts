import { expect, it } from 'vitest'
import { imageInput } from '#common/formats/onnx/import/image.ts'
import type { OnnxModel } from '#common/formats/onnx/model.ts'

it('refuses inputs of any name in one line', () => {
  const input = (name: string) => ({ name, type: 1, shape: [1, 3, 32, 32] })
  const model = { graph: { inputs: [input('a'), input('fea\nures\u0000.bias')] } } as unknown as OnnxModel
  expect(() => imageInput(model, { file: 'x.onnx' })).toThrow(
    expect.objectContaining({ message: 'x.onnx cannot be imported: it has 2 inputs (a, fea ures .bias).' }),
  )
})
