import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { untimedCandidateSchema } from '#common/contract/result.ts'
import { decodeLookupHead } from '#common/lookup/headFile.ts'
import type { Network } from '#common/network/graph.ts'
import { buildCandidate } from '../../../../src/main/trainer/candidates/build.ts'
import { sha256 } from '../../../../src/system/hash.ts'
import { candidateRequest, tinyNetwork } from '../../../support/candidateRequest.ts'
import { expectError } from '../../../support/images.ts'
import { quantisedModel } from '../../../support/quantisedModel.ts'
import { referenceForward } from '../../../support/referenceForward.ts'

const weightsHash = 'b'.repeat(64)
const counts = { calibration: 20, test: 30 }
/** With filters enough for codebooks. */
const network: Network = {
  ...tinyNetwork,
  layers: tinyNetwork.layers.map((layer) => (layer.op === 'conv' ? { ...layer, filters: 12 } : layer)),
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lookup-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it.each(['float32', 'uint8'] as const)('writes the tables beside the dense head, %s', async (form) => {
  const model = quantisedModel(network, 16)
  const one = { ...candidateRequest(folder, network, 'conv2', form, counts), model, framework: 'q-cnn' }
  const dense = await buildCandidate({ ...one, step: 'a' }, referenceForward(model), weightsHash)
  const tables = await buildCandidate({ ...one, step: 'a', head: 'lookup' }, referenceForward(model), weightsHash)
  expect(untimedCandidateSchema.parse(tables)).toEqual(tables)
  expect(tables.id).not.toBe(dense.id)
  expect(tables.files).toMatchObject({
    head: `candidates/${tables.id}/head.lookup`,
    dense: `candidates/${tables.id}/head.onnx`,
  })
  const [head, onnx] = [tables.files.head, tables.files.dense!].map((path) => readFileSync(join(folder, path)))
  expect(sha256(head!)).toBe(tables.hashes.head)
  expect(sha256(onnx!)).toBe(dense.hashes.head)
  expect([...decodeLookupHead(head!).books.keys()]).toEqual(['conv1', 'conv2'])
  expect(tables).toMatchObject({ accuracy: dense.accuracy, payloadBytes: dense.payloadBytes, tailMacs: dense.tailMacs })
  const lookup = tables.lookup!
  expect(lookup.denseMacs).toBe(dense.headMacs)
  expect(tables.headMacs).toBe(lookup.macs + lookup.lookups)
  expect(lookup.error).toBeLessThan(1e-5)
  expect(dense.lookup).toBeUndefined()
})

it('refuses weights that were never quantised', async () => {
  const one = candidateRequest(folder, network, 'conv2', 'uint8', counts)
  await expectError(
    () => buildCandidate({ ...one, head: 'lookup' }, referenceForward(one.model), weightsHash),
    'check-failed',
    /look-up head at conv2 .*\(no layer of it is quantised\)/,
  )
})
