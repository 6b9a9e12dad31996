import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Backend } from '../../../../src/main/trainer/backend/index.ts'
import { loadBackend } from '../../../../src/main/trainer/backend/index.ts'
import { accuracyThroughBytes, writeCandidate } from '../../../../src/main/trainer/candidates/write.ts'
import { candidateRequest, tinyNetwork } from '../../../support/candidateRequest.ts'
import { describeWith } from '../../../support/requires.ts'

describeWith('tensorflow', 'accuracy through bytes', () => {
  let folder: string
  let backend: Backend
  const run = { seed: 1, signal: new AbortController().signal }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bytes-'))
    backend = await loadBackend({ threads: 1 })
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each([
    ['input', 'float32'],
    ['pool1', 'uint8'],
  ] as const)(
    'is that of the candidate at %s, lossless or not, and decides without writing one',
    async (point, form) => {
      const request = candidateRequest(folder, tinyNetwork, point, form, { calibration: 32, test: 60 })
      for (const bytes of [{ compressor: 'png' }, { compressor: 'jpeg', quality: 10 }] as const) {
        const found = await accuracyThroughBytes(backend, { ...request, bytes }, request.test, run)
        const { accuracy, accuracyNoWire } = await writeCandidate({ ...request, bytes, backend })
        expect(found).toBe(accuracy)
        if (bytes.compressor === 'png') expect(found).toBe(accuracyNoWire)
      }
    },
  )
})
