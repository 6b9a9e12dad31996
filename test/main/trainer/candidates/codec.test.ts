import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { UntimedCandidate } from '#common/contract/result.ts'
import { splitSchema } from '#common/contract/split.ts'
import { bitsPerSymbol } from '#common/wire/channel.ts'
import { loadBackend } from '../../../../src/main/trainer/backend/index.ts'
import type { CandidateRequest } from '../../../../src/main/trainer/candidates/build.ts'
import { channelsFirst } from '../../../../src/main/trainer/candidates/images.ts'
import { writeCandidate } from '../../../../src/main/trainer/candidates/write.ts'
import type { Codec } from '../../../../src/main/trainer/codecs/insert.ts'
import { insertCodec } from '../../../../src/main/trainer/codecs/insert.ts'
import { bottleneck as units } from '../../../../src/main/trainer/frameworks/bottlenet.ts'
import { bottleneck } from '../../../../src/main/trainer/frameworks/bottlenetPP.ts'
import { encoderOf } from '../../../../src/main/trainer/frameworks/ccto.ts'
import { autoencoder } from '../../../../src/main/trainer/frameworks/jscc.ts'
import { asymmetricCodec } from '../../../../src/main/trainer/frameworks/safbmp.ts'
import { candidateRequest, pointOf, tinyNetwork } from '../../../support/candidateRequest.ts'
import { randomModel } from '../../../support/randomModel.ts'
import { describeWith, itWith } from '../../../support/requires.ts'

const crossCheck = resolve(import.meta.dirname, '../../../support/crossCheck.py')
const point = pointOf(tinyNetwork, 'pool1')
const grid = { bits: 8, low: 0, high: 4 }
const book = (kind: 'scalar' | 'vector', bits: number) =>
  ({ op: 'codebook', name: 'encoder.codebook', kind, bits, bypass: false, pull: 1 }) as const

/** A codec of every framework at a map of 6 × 4 × 4, with what one image's payload must be. */
const codecs: Record<string, { codec: Codec; bytes?: number; name: string; at?: string }> = {
  erasure: {
    codec: bottleneck(point, { channel: 'erasure', width: 3, side: 1 }),
    bytes: 48,
    name: 'uint8, 1 % erased',
  },
  awgn: { codec: bottleneck(point, { channel: 'awgn', width: 3, side: 2 }), name: 'symbols, σ 0.1' },
  jpeg: {
    codec: {
      ...units(6, 3, 1),
      wire: [
        { op: 'quantise', name: 'wire.quantise', ...grid, pull: 0 },
        { op: 'jpeg', name: 'wire.jpeg', ...grid, quality: 30 },
      ],
    },
    name: 'uint8 jpeg 30',
  },
  uniform: {
    codec: encoderOf(6, 3, [{ op: 'quantise', name: 'wire.quantise', bits: 4, low: -1, high: 1, pull: 1 }]),
    bytes: 24,
    name: '4-bit',
  },
  words: { codec: encoderOf(6, 3, [book('scalar', 2)]), bytes: 12, name: '2-bit' },
  // Two vectors of 4 channels at each of 16 positions, 6 bits each.
  vectors: { codec: encoderOf(6, 8, [{ ...book('vector', 6), size: 4 }]), bytes: 24, name: '6-bit' },
  vector: {
    codec: {
      encoder: [
        { op: 'flatten', name: 'encoder.flatten' },
        { op: 'dense', name: 'encoder.conv', outputs: 5 },
        { op: 'activation', name: 'encoder.tanh', kind: 'tanh' },
      ],
      wire: [book('vector', 4)],
      // Where the network flattens anyway.
      decoder: [{ op: 'dense', name: 'decoder.fc', outputs: 20 }],
    },
    at: 'conv2',
    bytes: 1,
    name: '4-bit',
  },
  jscc: { codec: autoencoder(6, 3, 14.5, true), name: 'symbols, σ 0.188' },
  safbmp: { codec: asymmetricCodec(6, 2), bytes: 32, name: 'uint8' },
}

describeWith('tensorflow', 'candidates with a codec', () => {
  let folder: string
  const made = new Map<string, UntimedCandidate>()
  let request: CandidateRequest

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'codecs-'))
    const backend = await loadBackend({ threads: 2 })
    request = candidateRequest(folder, tinyNetwork, 'pool1', 'uint8', { calibration: 100, test: 120 })
    for (const [step, { codec, at = 'pool1' }] of Object.entries(codecs)) {
      const { network } = insertCodec(request.model, pointOf(tinyNetwork, at), codec, 3)
      const model = randomModel(network, 9)
      made.set(step, await writeCandidate({ ...request, backend, model, point: pointOf(network, at), step }))
    }
    for (const compressor of ['deflate', 'brotli', 'zstd', 'range', 'png'] as const) {
      made.set(compressor, await writeCandidate({ ...request, backend, bytes: { compressor } }))
    }
    made.set('lossy', await writeCandidate({ ...request, backend, bytes: { compressor: 'jpeg', quality: 5 } }))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const splitOf = ({ files }: UntimedCandidate) =>
    splitSchema.parse(JSON.parse(readFileSync(join(folder, files.split), 'utf8')))

  it('keep the name of their point, count the encoder to the head and the decoder to the tail', () => {
    for (const [step, { codec, bytes, name, at = 'pool1' }] of Object.entries(codecs)) {
      const candidate = made.get(step)!
      const bare = pointOf(tinyNetwork, at)
      const own = pointOf(insertCodec(request.model, bare, codec, 3).network, at)
      expect(candidate).toMatchObject({ partitionPoint: at, codec: name, headMacs: own.headMacs })
      expect(candidate.headMacs).toBeGreaterThan(bare.headMacs)
      expect(candidate.tailMacs).toBeGreaterThan(bare.tailMacs)
      // Bits are exactly n·C′·H′·W′; a compressor's are measured.
      if (bytes !== undefined) expect(candidate).toMatchObject({ payloadBytes: bytes, payloadBytesP95: bytes })
    }
    expect(new Set([...made.values()].map(({ id }) => id)).size).toBe(made.size)
  })

  it('tell of other channels where theirs is random, on all of the few test images', () => {
    for (const [step, candidate] of made) {
      if (!['erasure', 'awgn', 'jscc'].includes(step)) expect(candidate.overChannels).toBeUndefined()
      else {
        const { own, ...over } = candidate.overChannels!
        expect(over).toMatchObject({ images: 120, draws: 10 })
        expect(over.others).toHaveLength(4)
        expect(own.channel).toEqual(splitOf(candidate).channel)
        // The same images through the same files, other draws.
        expect(Math.abs(own.accuracy - candidate.accuracy)).toBeLessThan(0.1)
      }
    }
  })

  it('count symbols where there are no bits', () => {
    expect(made.get('jscc')).toMatchObject({
      symbols: 12,
      payloadBytes: Math.ceil((12 * bitsPerSymbol(10 ** 1.45)) / 8),
    })
    expect(made.get('awgn')).toMatchObject({ symbols: 12, payloadBytes: Math.ceil((12 * bitsPerSymbol(100)) / 8) })
    expect(made.get('erasure')!.symbols).toBeUndefined()
    expect(splitOf(made.get('erasure')!).channel).toEqual({ kind: 'erasure', probability: 0.01 })
  })

  it('lose accuracy to the wire only where it is lossy or random', () => {
    for (const [step, { accuracy, accuracyNoWire }] of made) {
      if (['erasure', 'awgn', 'jscc', 'jpeg', 'lossy'].includes(step)) continue
      expect(accuracyNoWire, step).toBe(accuracy)
    }
    // The mean of ten draws is no multiple of one image.
    const draws = made.get('jscc')!.accuracy * 120 * 10
    expect(Math.abs(draws - Math.round(draws))).toBeLessThan(1e-6)
    expect(splitOf(made.get('lossy')!)).toMatchObject({ lossy: true, compressor: 'jpeg', quality: 5, tiling: 'grid' })
    expect(made.get('lossy')!.accuracyNoWire).toBe(made.get('range')!.accuracy)
  })

  it('are smaller behind a compressor that was fitted to such codes', () => {
    const plain = 96
    expect(made.get('range')!.payloadBytes).toBeLessThan(plain)
    expect(splitOf(made.get('range')!).prior).toMatch(/^[0-9a-f]{1536}$/)
    expect(made.get('range')!.payloadBytes).toBeLessThan(made.get('deflate')!.payloadBytes)
    expect(made.get('lossy')!.payloadBytes).toBeLessThan(plain)
  })

  itWith('python', 'pass the ONNX checker, and compute the same in another ONNX Runtime', () => {
    const paths = { images: join(folder, 'images'), labels: join(folder, 'labels') }
    writeFileSync(paths.images, channelsFirst(request.test.images, request.test.count))
    writeFileSync(paths.labels, request.test.labels)
    const candidates = Object.keys(codecs).map((step) => made.get(step)!)
    const folders = candidates.map((one) => dirname(join(folder, one.files.head)))
    const printed = execFileSync(process.env.SPLITBENCH_PYTHON!, [crossCheck, paths.images, paths.labels, ...folders], {
      encoding: 'utf8',
    })
    const examined = JSON.parse(printed) as { differing: number; logits: number; accuracy: number }[]
    for (const [i, one] of examined.entries()) {
      if (candidates[i].codec.startsWith('symbols')) expect(one.logits).toBeLessThan(1e-4)
      else expect(one.differing).toBeLessThanOrEqual(0.01)
      expect(one.logits).toBeLessThan(1e-4)
      expect(Math.abs(one.accuracy - candidates[i].accuracyNoWire)).toBeLessThanOrEqual(0.01)
    }
  })
})
