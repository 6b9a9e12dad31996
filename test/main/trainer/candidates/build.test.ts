import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { untimedCandidateSchema } from '#common/contract/result.ts'
import { splitSchema } from '#common/contract/split.ts'
import { CodedError } from '#common/errors.ts'
import { decodeSafetensors } from '#common/formats/safetensors.ts'
import { partitionPoints } from '#common/network/partition.ts'
import type { CandidateRequest } from '../../../../src/main/trainer/candidates/build.ts'
import { buildCandidate } from '../../../../src/main/trainer/candidates/build.ts'
import { sha256 } from '../../../../src/system/hash.ts'
import { candidateRequest, tinyNetwork } from '../../../support/candidateRequest.ts'
import { randomModel } from '../../../support/randomModel.ts'
import { referenceForward } from '../../../support/referenceForward.ts'
import { referenceOutputs } from '../../../support/referenceNetwork.ts'
import { describeWith, itWith } from '../../../support/requires.ts'

const counts = { calibration: 40, test: 130 }
const weightsHash = 'a'.repeat(64)

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'candidates-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const request = (point: string, form: CandidateRequest['form']) =>
  candidateRequest(folder, tinyNetwork, point, form, counts)

const build = (one: CandidateRequest) => buildCandidate(one, referenceForward(one.model), weightsHash)

async function refusal(work: Promise<unknown>): Promise<CodedError> {
  const error = await work.then(() => new Error('was accepted')).catch((reason: unknown) => reason)
  if (!(error instanceof CodedError)) throw error
  return error
}

/** Nothing of a candidate, finished or half-written, lies in the folder. */
function expectNothingWritten(): void {
  const candidates = join(folder, 'candidates')
  expect(existsSync(candidates) ? readdirSync(candidates) : []).toEqual([])
}

describeWith('onnxruntime', 'a candidate', () => {
  it('sends the image as PNG without loss, and as JPEG of colour planes with fewer bytes and some', async () => {
    const image = request('input', 'float32')
    const made = async (bytes: CandidateRequest['bytes']) => {
      const candidate = await build({ ...image, ...(bytes && { bytes }) })
      const split = splitSchema.parse(JSON.parse(readFileSync(join(folder, candidate.files.split), 'utf8')))
      return { candidate, split }
    }
    const raw = await made(undefined)
    const png = await made({ compressor: 'png' })
    const jpeg = await made({ compressor: 'jpeg', quality: 20 })
    expect(png.split).toMatchObject({ tiling: 'grid', compressor: 'png', lossy: false })
    expect(png.candidate.accuracy).toBe(raw.candidate.accuracy)
    expect(jpeg.split).toMatchObject({ tiling: 'colour', compressor: 'jpeg', quality: 20, lossy: true })
    expect(jpeg.candidate.accuracyNoWire).toBe(raw.candidate.accuracy)
    expect(jpeg.candidate.payloadBytes).toBeLessThan(png.candidate.payloadBytes)
    expect([raw, png, jpeg].map(({ candidate: { codec } }) => codec)).toEqual(['uint8', 'uint8 png', 'uint8 jpeg 20'])
    expect(new Set([raw, png, jpeg].map(({ candidate: { id } }) => id)).size).toBe(3)
  })

  it('is written as protocol.md says, at every point and in both forms', async () => {
    for (const point of partitionPoints(tinyNetwork)) {
      for (const form of ['float32', 'uint8'] as const) {
        const candidate = await build(request(point.name, form))
        expect(untimedCandidateSchema.parse(candidate)).toEqual(candidate)
        expect(candidate.files.head).toBe(`candidates/${candidate.id}/head.onnx`)
        expect(readdirSync(join(folder, 'candidates', candidate.id)).sort()).toEqual([
          'check.safetensors',
          'head.onnx',
          'split.json',
          'tail.onnx',
        ])
        expect(sha256(readFileSync(join(folder, candidate.files.head)))).toBe(candidate.hashes.head)
        expect(sha256(readFileSync(join(folder, candidate.files.tail)))).toBe(candidate.hashes.tail)
        const split = splitSchema.parse(JSON.parse(readFileSync(join(folder, candidate.files.split), 'utf8')))
        const type = point.name === 'input' ? 'uint8' : form
        expect(candidate.codec).toBe(type)
        expect(split).toMatchObject({ partitionPoint: point.name, lossy: false, header: 16, classes: 4 })
        expect(split.features.type).toBe(type)
        expect(split.features.scale === null).toBe(type === 'float32' || point.name === 'input')
        const bytes = point.elements * (type === 'uint8' ? 1 : 4)
        expect(candidate).toMatchObject({
          payloadBytes: bytes,
          payloadBytesP95: bytes,
          headerBytes: 16,
          headMacs: point.headMacs,
          validationAccuracy: 0.25,
          accuracyLoss: 0.5 - candidate.accuracy,
          accuracyNoWire: candidate.accuracy,
        })
        const { tensors } = decodeSafetensors(readFileSync(join(folder, candidate.files.check)))
        expect(tensors.get('images')!.shape).toEqual([16, 3, 8, 8])
        expect(tensors.get('features')!.shape).toEqual([16, ...split.features.shape])
        expect(tensors.get('logits')!.shape).toEqual([16, 4])
      }
    }
  })

  it('reports the accuracy that the reference reaches', async () => {
    const one = request('pool1', 'float32')
    const { images, labels, count } = one.test
    let correct = 0
    for (let i = 0; i < count; i++) {
      const logits = [...referenceOutputs(one.model, images.subarray(i * 192, (i + 1) * 192)).get('fc')!.data]
      if (logits.indexOf(Math.max(...logits)) === labels[i]) correct += 1
    }
    expect((await build(one)).accuracy).toBe(correct / count)
  })

  it('is the same folder for the same request, and another one for another seed, step, form or weights', async () => {
    const first = await build(request('conv1', 'uint8'))
    const bytes = readFileSync(join(folder, first.files.check))
    expect(await build(request('conv1', 'uint8'))).toEqual(first)
    expect(readFileSync(join(folder, first.files.check))).toEqual(bytes)
    const ids = await Promise.all(
      [
        build({ ...request('conv1', 'uint8'), seed: 2 }),
        build({ ...request('conv1', 'uint8'), step: 'step1' }),
        build({ ...request('conv1', 'uint8'), framework: 'two-step' }),
        build(request('conv1', 'float32')),
        build(request('pool1', 'uint8')),
        buildCandidate(request('conv1', 'uint8'), referenceForward(request('conv1', 'uint8').model), 'b'.repeat(64)),
      ].map(async (one) => (await one).id),
    )
    expect(new Set([first.id, ...ids]).size).toBe(7)
  })

  it('is refused, and leaves nothing, where the files do not compute what the trainer computes', async () => {
    for (const form of ['float32', 'uint8'] as const) {
      const one = request('conv1', form)
      const other = referenceForward(randomModel(tinyNetwork, 8))
      const own = referenceForward(one.model)
      const wrongHead = await refusal(buildCandidate(one, { ...own, features: other.features }, weightsHash))
      expect(wrongHead).toMatchObject({ code: 'check-failed' })
      expect(wrongHead.message).toMatch(/conv1 .*head/)
      const wrongTail = await refusal(buildCandidate(one, { ...own, tail: other.tail }, weightsHash))
      expect(wrongTail.message).toMatch(/conv1 .*tail/)
      const lost = {
        ...own,
        tail: async (...given: Parameters<typeof own.tail>) => (await own.tail(...given)).fill(Number.NaN, 0, 1),
      }
      expect((await refusal(buildCandidate(one, lost, weightsHash))).code).toBe('check-failed')
      expectNothingWritten()
    }
  })

  it('is refused where the partition point claims other MACs than the files have', async () => {
    const one = request('pool1', 'uint8')
    const error = await refusal(build({ ...one, point: { ...one.point, headMacs: one.point.headMacs - 1 } }))
    expect(error).toMatchObject({ code: 'check-failed' })
    expectNothingWritten()
  })

  it('stops when it is cancelled', async () => {
    const reason = new CodedError('cancelled', 'Cancelled.')
    const error = await refusal(build({ ...request('pool1', 'uint8'), signal: AbortSignal.abort(reason) }))
    expect(error).toBe(reason)
    expectNothingWritten()
  })

  it('names the folder that it cannot write to', async () => {
    const file = join(folder, 'a-file')
    writeFileSync(file, '')
    const error = await refusal(build({ ...request('pool1', 'uint8'), folder: file }))
    expect(error).toMatchObject({ code: 'io-failed' })
    expect(error.message).toContain(file)
  })

  itWith('root', 'leaves nothing on a disk that is full', async (context) => {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'tmpfs', folder], { stdio: 'pipe' })
    } catch (error) {
      context.skip(`this machine does not let root mount a tmpfs: ${(error as Error).message.trim()}`)
    }
    try {
      const error = await refusal(build(request('pool1', 'uint8')))
      expect(error).toMatchObject({ code: 'disk-full', exitCode: 1 })
      expectNothingWritten()
    } finally {
      execFileSync('umount', [folder])
    }
  })
})
