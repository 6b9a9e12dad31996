import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CodedError } from '#common/errors.ts'
import { numbersOf } from '#common/formats/half.ts'
import type { SafeTensor } from '#common/formats/safetensors.ts'
import { decodeSafetensors, encodeSafetensors } from '#common/formats/safetensors.ts'
import { itWith } from '../../support/requires.ts'

const tensor: fc.Arbitrary<SafeTensor> = fc.array(fc.nat(4), { maxLength: 3 }).chain((shape) => {
  const count = shape.reduce((product, extent) => product * extent, 1)
  const size = { minLength: count, maxLength: count }
  const plain = fc
    .oneof(fc.float32Array(size), fc.int32Array(size), fc.uint16Array(size), fc.uint8Array(size))
    .map((data): SafeTensor => ({ shape, data: data as SafeTensor['data'] }))
  const halves = fc.uint16Array(size).map((all): SafeTensor => ({ shape, data: numbersOf(all), half: true }))
  return fc.oneof({ weight: 4, arbitrary: plain }, { weight: 1, arbitrary: halves })
})
const name = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('conv1.weight', '__proto__', '0', '1', 'constructor', ''),
)
const tensors = fc
  .uniqueArray(fc.tuple(name, tensor), { selector: ([one]) => one, maxLength: 6 })
  .filter((all) => all.every(([one]) => one !== '__metadata__'))
const metadata = fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true })

/** Writes any header over any data, right or wrong. */
function file(header: unknown, data: Uint8Array | number = 0): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const body = typeof data === 'number' ? new Uint8Array(data) : data
  const bytes = new Uint8Array(8 + json.length + body.length)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true)
  bytes.set(json, 8)
  bytes.set(body, 8 + json.length)
  return bytes
}

function refusal(bytes: Uint8Array): string {
  try {
    decodeSafetensors(bytes)
  } catch (error) {
    if (error instanceof CodedError && error.code === 'bad-data') return error.message
    throw error
  }
  return 'accepted'
}

describe('safetensors', () => {
  it('gives back what was written, bit for bit', () => {
    fc.assert(
      fc.property(tensors, metadata, fc.nat(7), (written, notes, shift) => {
        const bytes = encodeSafetensors(written, notes)
        const shifted = new Uint8Array(bytes.length + shift)
        shifted.set(bytes, shift)
        const read = decodeSafetensors(shifted.subarray(shift))
        expect(read.metadata).toEqual(notes)
        expect(new Map([...read.tensors].sort())).toEqual(new Map([...written].sort()))
      }),
    )
  })

  it('gives equal bytes for equal content in any order', () => {
    fc.assert(
      fc.property(tensors, (written) => {
        expect(encodeSafetensors([...written].reverse())).toEqual(encodeSafetensors(written))
      }),
    )
  })

  it('either reads a damaged file or refuses it as bad-data', () => {
    const edit = fc.record({ at: fc.nat(), byte: fc.nat(255), cut: fc.boolean() })
    fc.assert(
      fc.property(tensors, metadata, fc.array(edit, { minLength: 1, maxLength: 4 }), (written, notes, edits) => {
        let bytes = encodeSafetensors(written, notes).slice()
        for (const { at, byte, cut } of edits) {
          if (bytes.length === 0) break
          if (cut) bytes = bytes.subarray(0, at % bytes.length)
          else bytes[at % bytes.length] = byte
        }
        refusal(bytes)
      }),
      { numRuns: 500 },
    )
  })

  it('writes the layout of the format', () => {
    const bytes = encodeSafetensors([
      ['a', { shape: [3], data: new Uint8Array([1, 2, 3]) }],
      ['b', { shape: [], data: new Float32Array([1]) }],
    ])
    const header = new DataView(bytes.buffer).getUint32(0, true)
    expect(header % 8).toBe(0)
    expect(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + header)))).toEqual({
      b: { dtype: 'F32', shape: [], data_offsets: [0, 4] },
      a: { dtype: 'U8', shape: [3], data_offsets: [4, 7] },
    })
    expect([...bytes.subarray(8 + header)]).toEqual([0, 0, 128, 63, 1, 2, 3])
  })

  it('refuses to write what does not fit', () => {
    const one = { shape: [1], data: new Uint8Array(1) }
    expect(() => encodeSafetensors([['a', { shape: [2], data: new Uint8Array(3) }]])).toThrow('3 numbers for [2]')
    expect(() => encodeSafetensors([['__metadata__', one]])).toThrow('__metadata__')
    expect(() =>
      encodeSafetensors([
        ['a', one],
        ['a', { shape: [1], data: new Float32Array(1) }],
      ]),
    ).toThrow('one name')
  })

  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /too few/],
    ['a cut header', file('{}').subarray(0, 9), /inside the header/],
    ['a huge header', new Uint8Array([0, 0, 0, 255, 0, 0, 0, 0, 123]), /too large/],
    ['a header of 2^32 bytes', new Uint8Array([2, 0, 0, 0, 1, 0, 0, 0, 123, 125]), /too large/],
    ['an array', file('[]'), /not a JSON object/],
    ['broken JSON', file('{"a":'), /not JSON/],
    ['text that is not UTF-8', file('{}').fill(0xff, 9), /not JSON/],
    ['numbers as metadata', file({ __metadata__: { a: 1 } }), /not all text/],
    ['a foreign type', file({ a: { dtype: 'F64', shape: [1], data_offsets: [0, 8] } }, 8), /F64/],
    ['an inherited type', file({ a: { dtype: 'toString', shape: [1], data_offsets: [0, 8] } }, 8), /toString/],
    ['a negative extent', file({ a: { dtype: 'U8', shape: [-1], data_offsets: [0, 1] } }, 1), /no valid shape/],
    ['a fraction', file({ a: { dtype: 'U8', shape: [0.5], data_offsets: [0, 1] } }, 1), /no valid shape/],
    ['a wrong product', file({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } }, 4), /needs 8/],
    ['backward offsets', file({ a: { dtype: 'U8', shape: [1], data_offsets: [1, 0] } }, 1), /needs 1/],
    ['one offset', file({ a: { dtype: 'U8', shape: [1], data_offsets: [0] } }, 1), /no valid offsets/],
    ['a gap', file({ a: { dtype: 'U8', shape: [1], data_offsets: [1, 2] } }, 2), /gap or overlap/],
    [
      'an overlap',
      file(
        { a: { dtype: 'U8', shape: [2], data_offsets: [0, 2] }, b: { dtype: 'U8', shape: [2], data_offsets: [1, 3] } },
        3,
      ),
      /gap or overlap/,
    ],
    ['cut data', file({ a: { dtype: 'U8', shape: [2], data_offsets: [0, 2] } }, 1), /ends inside "a"/],
    ['bytes too many', file({ a: { dtype: 'U8', shape: [2], data_offsets: [0, 2] } }, 3), /1 bytes at its end/],
  ])('refuses %s', (_what, bytes, reason) => {
    expect(refusal(bytes)).toMatch(reason)
  })

  itWith('python', 'is read by an independent reader', () => {
    const folder = mkdtempSync(join(tmpdir(), 'safetensors-'))
    try {
      const path = join(folder, 'a.safetensors')
      writeFileSync(
        path,
        encodeSafetensors(
          [
            ['ä', { shape: [2, 2], data: new Float32Array([0.5, -1, 1e-3, 3]) }],
            ['codes', { shape: [3], data: new Uint16Array([1, 2, 65535]) }],
            ['images', { shape: [1, 2], data: new Uint8Array([7, 255]) }],
            ['labels', { shape: [2], data: new Int32Array([-1, 9]) }],
            ['rounded', { shape: [3], data: new Float32Array([0.1, -2, 60_001]), half: true }],
          ],
          { seed: '1' },
        ),
      )
      const reader = `
import json, struct, sys, numpy
raw = open(sys.argv[1], 'rb').read()
size = struct.unpack('<Q', raw[:8])[0]
header = json.loads(raw[8:8 + size])
kinds = {'F16': '<f2', 'F32': '<f4', 'I32': '<i4', 'U16': '<u2', 'U8': 'u1'}
out = {'metadata': header.pop('__metadata__'), 'aligned': size % 8 == 0}
for name, one in header.items():
    begin, end = one['data_offsets']
    out[name] = numpy.frombuffer(raw[8 + size:][begin:end], kinds[one['dtype']]).reshape(one['shape']).tolist()
print(json.dumps(out))`
      const read = JSON.parse(execFileSync(process.env.SPLITBENCH_PYTHON!, ['-c', reader, path], { encoding: 'utf8' }))
      expect(read).toEqual({
        metadata: { seed: '1' },
        aligned: true,
        ä: [
          [0.5, -1],
          [Math.fround(1e-3), 3],
        ],
        codes: [1, 2, 65535],
        // 1638 · 2^-14; halves above 32768 are 32 apart.
        rounded: [1638 / 2 ** 14, -2, 60_000],
        images: [[7, 255]],
        labels: [-1, 9],
      })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
