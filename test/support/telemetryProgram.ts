/** Opens a model with ONNX Runtime and runs it: `ours` by this program's own loader, `bare` as anybody would. */
import type { TensorData } from '../../src/system/onnxruntime.ts'
import { createSession, runSession } from '../../src/system/onnxruntime.ts'

const [how, model] = process.argv.slice(2) as ['ours' | 'bare', string]
if (how === 'ours') {
  const session = await createSession(model, { threads: 1, optimisation: 'on' })
  await runSession(session, new Uint8Array(3 * 8 * 8) satisfies TensorData, [1, 3, 8, 8])
} else {
  const { InferenceSession, Tensor } = await import('onnxruntime-node')
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1 })
  await session.run({ image: new Tensor('uint8', new Uint8Array(3 * 8 * 8), [1, 3, 8, 8]) })
}
