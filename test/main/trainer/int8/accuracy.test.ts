import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { loadBackend } from '../../../../src/main/trainer/backend/index.ts'
import { writeCandidate } from '../../../../src/main/trainer/candidates/write.ts'
import { loadDataset } from '../../../../src/main/trainer/data/dataset.ts'
import { loadModel } from '../../../../src/main/trainer/model/store.ts'
import { pretrainedNamed } from '../../../../src/main/workbench/pretrained/read.ts'
import { pointOf } from '../../../support/candidateRequest.ts'
import { dataFolder, describeWith, itWith } from '../../../support/requires.ts'

const count = 500

describeWith('tensorflow', 'int8 heads of trained weights', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'int8-accuracy-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  itWith('cifar-10-small', 'lose next to nothing on real images, early and late', async () => {
    const model = await loadModel(pretrainedNamed('pretrained:vgg16-w0.25')!.folder)
    const source = { kind: 'files' as const, path: join(dataFolder, 'cifar-10-small') }
    const sizes = { trainImages: 200, testImages: count, seed: 1 }
    const { train, test } = await loadDataset({ source, ...sizes }, () => {}, new AbortController().signal)
    const backend = await loadBackend({ threads: 2 })
    const common = { backend, folder, model, form: 'uint8' as const, framework: 'only-splitting', step: null, seed: 1 }
    const known = { test, baselineAccuracy: 1, validationAccuracy: 1 }
    for (const name of ['pool1', 'pool5']) {
      const request = { ...common, ...known, calibration: train, point: pointOf(model.network, name) }
      const float = await writeCandidate(request)
      const int8 = await writeCandidate({ ...request, head: 'int8' })
      expect(float.accuracy).toBeGreaterThan(0.75)
      expect(float.accuracy - int8.accuracy).toBeLessThanOrEqual(0.015)
      expect(int8.int8!.error).toBeLessThan(0.08)
    }
  })
})
