import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeHeader, encodeHeader, frameHeaderBytes } from '#common/wire/header.ts'

const header = fc.record({
  frame: fc.nat(2 ** 32 - 1),
  partition: fc.nat(65535),
  codec: fc.nat(65535),
  length: fc.nat(2 ** 32 - 1),
})

describe('frame header', () => {
  it('round-trips in 16 bytes, whatever follows', () => {
    fc.assert(
      fc.property(header, fc.uint8Array(), (value, payload) => {
        const bytes = encodeHeader(value)
        expect(bytes.length).toBe(frameHeaderBytes)
        expect(decodeHeader(Uint8Array.from([...bytes, ...payload]))).toEqual(value)
      }),
    )
  })

  it('has these bytes', () => {
    const bytes = encodeHeader({ frame: 1, partition: 2, codec: 0x0300, length: 0x04050607 })
    expect(new TextDecoder().decode(bytes.subarray(0, 4))).toBe('SBF1')
    expect([...bytes.subarray(4)]).toEqual([1, 0, 0, 0, 2, 0, 0, 3, 7, 6, 5, 4])
  })

  it('refuses what is not a header', () => {
    const bytes = encodeHeader({ frame: 0, partition: 0, codec: 0, length: 0 })
    expect(() => decodeHeader(bytes.subarray(0, 15))).toThrow('shorter than its header')
    expect(() => decodeHeader(Uint8Array.from(bytes, (byte) => byte ^ 1))).toThrow('not a frame')
    expect(() => encodeHeader({ frame: -1, partition: 0, codec: 0, length: 0 })).toThrow('frame')
    expect(() => encodeHeader({ frame: 0, partition: 65536, codec: 0, length: 0 })).toThrow('partition')
  })
})
