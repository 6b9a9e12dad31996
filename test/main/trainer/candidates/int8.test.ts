import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { untimedCandidateSchema } from '#common/contract/result.ts'
import { splitSchema } from '#common/contract/split.ts'
import { mean } from '#common/measurement/statistics.ts'
import { buildCandidate } from '../../../../src/main/trainer/candidates/build.ts'
import { channelsFirst } from '../../../../src/main/trainer/candidates/images.ts'
import { sha256 } from '../../../../src/system/hash.ts'
import { agreement } from '../../../../src/system/inference/agreement.ts'
import { readCheckSet } from '../../../../src/system/inference/checkSet.ts'
import { createSession, runSession } from '../../../../src/system/onnxruntime.ts'
import { candidateRequest, tinyNetwork } from '../../../support/candidateRequest.ts'
import { expectError } from '../../../support/images.ts'
import { referenceForward } from '../../../support/referenceForward.ts'

const weightsHash = 'b'.repeat(64)
const counts = { calibration: 20, test: 30 }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'int8-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const int8At = (point: string, form: 'float32' | 'uint8') => {
  const one = candidateRequest(folder, tinyNetwork, point, form, counts)
  return {
    one,
    build: (head: 'int8' | 'dense') => buildCandidate({ ...one, head }, referenceForward(one.model), weightsHash),
  }
}

it.each([
  ['conv2', 'uint8'],
  ['output', 'float32'],
  ['output', 'uint8'],
] as const)('is a candidate of its own at %s, whose accuracy and check are those of its file', async (point, form) => {
  const { one, build } = int8At(point, form)
  const [dense, int8] = [await build('dense'), await build('int8')]
  expect(untimedCandidateSchema.parse(int8)).toEqual(int8)
  expect(int8.id).not.toBe(dense.id)
  expect(int8).toMatchObject({ headMacs: dense.headMacs, tailMacs: dense.tailMacs, codec: dense.codec })
  expect(dense.int8).toBeUndefined()
  const { headBytes, floatBytes, error } = int8.int8!
  const bytes = (path: string): Uint8Array => readFileSync(join(folder, path))
  const head = bytes(int8.files.head)
  expect([head.length, sha256(head)]).toEqual([headBytes, int8.hashes.head])
  expect(bytes(dense.files.head).length).toBe(floatBytes)
  expect(bytes(int8.files.tail)).toEqual(bytes(dense.files.tail))
  expect(error).toBeGreaterThan(0)
  expect(error).toBeLessThan(0.1)

  const split = splitSchema.parse(JSON.parse(readFileSync(join(folder, int8.files.split), 'utf8')))
  expect(split.head).toBe('int8')
  const check = readCheckSet(bytes(int8.files.check), split)
  const [session, tail] = [await open(head), await open(bytes(int8.files.tail))]
  for (const [index, image] of check.images.entries()) {
    const { data } = await runSession(session, image, check.imageShape)
    expect(data).toEqual(check.features[index])
    expect(agreement('head', split, [data], [check.features[index]!])).toMatchObject({ ok: true, error: 0 })
  }
  // Head and tail, image by image, without the program's evaluation.
  const { images, labels, count, size } = one.test
  const correct = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const length = images.length / count
      const pixels = channelsFirst(images.subarray(i * length, (i + 1) * length), 1)
      const features = await runSession(session, pixels, [1, 3, size, size])
      const { data } = await runSession(tail, features.data, features.shape)
      return Number([...data].indexOf(Math.max(...data)) === labels[i])
    }),
  )
  expect(int8.accuracy).toBeCloseTo(mean(Float64Array.from(correct)), 10)
  await session.session.release()
  await tail.session.release()
})

const open = (file: Uint8Array) => createSession(file, { threads: 1, optimisation: 'on' })

it('may be a level off in floats on a device, a float head may not', async () => {
  const { build } = int8At('output', 'float32')
  const { files } = await build('int8')
  const split = splitSchema.parse(JSON.parse(readFileSync(join(folder, files.split), 'utf8')))
  const reference = Float32Array.of(1, -0.5, 0.25, 0)
  const off = reference.map((value) => value + 0.004)
  expect(agreement('head', split, [off], [reference]).ok).toBe(true)
  expect(agreement('tail', split, [off], [reference]).ok).toBe(false)
  const { head: _, ...float } = split
  expect(agreement('head', float, [off], [reference]).ok).toBe(false)
  expect(agreement('head', split, [reference.map((value) => value + 0.1)], [reference]).ok).toBe(false)
})

it('is refused where the image crosses', async () => {
  await expectError(() => int8At('input', 'uint8').build('int8'), 'bad-usage', /computes nothing/)
})
