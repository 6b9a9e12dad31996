process.env.ORT_DISABLE_TELEMETRY = '1'
import { exportHead } from '../src/main/trainer/onnx/export.ts'
import { smallVgg, randomModel, randomBytes } from './support/randomModel.ts'
import { random } from '../src/common/random.ts'
const ort = await import('onnxruntime-node')
const model = randomModel(smallVgg(0.25), 1)
const images = randomBytes(1000 * 3072, random(1, 'i'))
const head = exportHead(model, 'fc', { type: 'float32' })
const res: Record<string, number[]> = {}
for (let rep = 0; rep < 4; rep++) for (const threads of [1, 2]) for (const spin of ['0', '1']) for (const b of [10, 25, 50, 100, 250]) {
  const s = await ort.InferenceSession.create(head, { intraOpNumThreads: threads, interOpNumThreads: 1, graphOptimizationLevel: 'all', extra: { session: { intra_op: { allow_spinning: spin } } } } as any)
  const t = performance.now()
  for (let i = 0; i < 1000; i += b) await s.run({ image: new ort.Tensor('uint8', images.subarray(i * 3072, (i + b) * 3072), [b, 3, 32, 32]) })
  ;(res[`threads ${threads} spin ${spin} batch ${b}`] ??= []).push(performance.now() - t)
  await s.release()
}
for (const [k, v] of Object.entries(res)) console.log(k, Math.min(...v).toFixed(0), v.map(x => x.toFixed(0)).join(' '))
