import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { UntimedCandidate } from '#common/contract/result.ts'
import { partitionPoints } from '#common/network/partition.ts'
import { loadBackend } from '../../../../src/main/trainer/backend/index.ts'
import { buildCandidate } from '../../../../src/main/trainer/candidates/build.ts'
import { channelsFirst } from '../../../../src/main/trainer/candidates/images.ts'
import { createExecutor } from '../../../../src/main/trainer/training/executor.ts'
import { candidateRequest } from '../../../support/candidateRequest.ts'
import { smallVgg } from '../../../support/randomModel.ts'
import { describeWith, itWith } from '../../../support/requires.ts'

const network = smallVgg(1 / 16)
const crossCheck = resolve(import.meta.dirname, '../../../support/crossCheck.py')

describeWith('tensorflow', 'candidates of the trainer', () => {
  let folder: string
  const candidates: UntimedCandidate[] = []
  const request = (point: string, form: 'float32' | 'uint8') =>
    candidateRequest(folder, network, point, form, { calibration: 200, test: 130 })

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'candidates-'))
    const backend = await loadBackend({ threads: 2 })
    const executor = createExecutor(backend, request('input', 'uint8').model)
    for (const { name } of partitionPoints(network)) {
      for (const form of ['float32', 'uint8'] as const) {
        candidates.push(await buildCandidate(request(name, form), executor, 'c'.repeat(64)))
      }
    }
    executor.dispose()
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('are accepted at all points in both forms, as lossless floats with one accuracy', () => {
    expect(candidates).toHaveLength(40)
    const floats = candidates.filter((one) => one.codec === 'float32' || one.partitionPoint === 'input')
    // Sums in another order may tip one image that lies on the edge.
    const accuracies = floats.map((one) => one.accuracy)
    expect(Math.max(...accuracies) - Math.min(...accuracies)).toBeLessThanOrEqual(1.5 / 130)
  })

  itWith('python', 'pass the ONNX checker, and compute the same in another ONNX Runtime', () => {
    const { test } = request('input', 'uint8')
    const paths = { images: join(folder, 'images'), labels: join(folder, 'labels') }
    writeFileSync(paths.images, channelsFirst(test.images, test.count))
    writeFileSync(paths.labels, test.labels)
    const folders = candidates.map((one) => dirname(join(folder, one.files.head)))
    const printed = execFileSync(process.env.SPLITBENCH_PYTHON!, [crossCheck, paths.images, paths.labels, ...folders], {
      encoding: 'utf8',
    })
    const examined = JSON.parse(printed) as {
      names: string[]
      features: number
      differing: number
      logits: number
      accuracy: number
    }[]
    expect(examined).toHaveLength(candidates.length)
    for (const [i, one] of examined.entries()) {
      const candidate = candidates[i]
      expect(one.names).toEqual(['image', 'features', 'features', 'logits'])
      if (candidate.codec === 'float32') expect(one.features).toBeLessThan(1e-4)
      else {
        expect(one.features).toBeLessThanOrEqual(1)
        expect(one.differing).toBeLessThanOrEqual(0.01)
      }
      expect(one.logits).toBeLessThan(1e-4)
      expect(Math.abs(one.accuracy - candidate.accuracyNoWire)).toBeLessThanOrEqual(0.002)
    }
  })
})
