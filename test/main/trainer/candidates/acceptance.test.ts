import { expect, it } from 'vitest'
import { accept, close } from '../../../../src/main/trainer/candidates/acceptance.ts'
import { computeCheckData } from '../../../../src/main/trainer/candidates/checkData.ts'
import { dequantise } from '../../../../src/main/trainer/onnx/coding.ts'
import { exportHead, exportTail } from '../../../../src/main/trainer/onnx/export.ts'
import { pointOf, randomImages, tinyNetwork } from '../../../support/candidateRequest.ts'
import { randomModel } from '../../../support/randomModel.ts'
import { referenceForward } from '../../../support/referenceForward.ts'
import { describeWith } from '../../../support/requires.ts'

const model = randomModel(tinyNetwork, 7)
const coding = { type: 'uint8', scale: 0.02, offset: 0 } as const
const point = pointOf(tinyNetwork, 'pool1')
const files = { head: exportHead(model, 'pool1', coding), tail: exportTail(model, 'pool1', coding) }
const checkData = () =>
  computeCheckData(referenceForward(model), tinyNetwork, 'pool1', coding, randomImages(20, 8, 4, 1))

/** The same network with one number of one weight changed. */
function tampered(name: string, by: number) {
  const weights = new Map(model.weights)
  weights.set(
    name,
    weights.get(name)!.map((value, i) => (i === 0 ? value + by : value)),
  )
  return { ...model, weights }
}

describeWith('onnxruntime', 'acceptance of exported files', () => {
  it('passes what agrees', async () => {
    await close(await accept(files, await checkData(), point, 1))
  })

  it('refuses a tampered tail, however small the change, and a tampered head', async () => {
    const check = await checkData()
    const tail = exportTail(tampered('fc.bias', 0.001), 'pool1', coding)
    await expect(accept({ ...files, tail }, check, point, 1)).rejects.toThrow(/pool1.*tail, optimisation off: off by/)
    const head = exportHead(tampered('conv1.weight', 0.05), 'pool1', coding)
    await expect(accept({ ...files, head }, check, point, 1)).rejects.toThrow(
      /pool1.*head, optimisation off: .*codes differ/,
    )
  })

  it('lets one code in a thousand differ by one level, and no more', async () => {
    const check = await checkData()
    const nudged = (count: number, by: number) => {
      const features = check.features.slice()
      for (let i = 0; i < count; i++) features[i] += features[i] > 128 ? -by : by
      return { ...check, features }
    }
    expect(Math.floor(check.features.length / 1000)).toBe(1)
    const one = nudged(1, 1)
    const logits = await referenceForward(model).tail(dequantise(one.features as Uint8Array, coding), 16, 'pool1')
    await close(await accept(files, { ...one, logits }, point, 1))
    await expect(accept(files, nudged(2, 1), point, 1)).rejects.toThrow(`2 of ${check.features.length} codes differ`)
    await expect(accept(files, nudged(1, 2), point, 1)).rejects.toThrow('by up to 2 levels')
  })

  it('refuses files that ONNX Runtime cannot load, and of another kind', async () => {
    const check = await checkData()
    const unknown = Buffer.from(files.tail)
    unknown.write('Gemn', unknown.indexOf('Gemm'))
    await expect(accept({ ...files, tail: unknown }, check, point, 1)).rejects.toThrow('Gemn')
    const floats = exportHead(model, 'pool1', { type: 'float32' })
    await expect(accept({ ...files, head: floats }, check, point, 1)).rejects.toThrow('Float32Array instead of')
  })
})
