import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CodedError } from '#common/errors.ts'
import { comparedLinks, describeLink, knownLinks, parseLink } from '#common/latency/links.ts'
import { transmissionMs } from '#common/latency/transmission.ts'

const failure = (text: string): CodedError => {
  try {
    parseLink(text)
  } catch (error) {
    if (error instanceof CodedError) return error
    throw error
  }
  throw new Error(`"${text}" was accepted`)
}

describe('links', () => {
  it('knows the uplinks of the papers', () => {
    expect(knownLinks.map(({ name, rateMbps, rttMs }) => [name, rateMbps, rttMs])).toEqual([
      ['3g', 1.1, null],
      ['4g', 5.85, null],
      ['wifi', 18.88, null],
      ['1mbps', 1, null],
    ])
    expect(parseLink(' WiFi ')).toEqual({ name: 'wifi', rateMbps: 18.88, rttMs: null })
  })

  it('takes a rate with an optional round-trip time, and names equal links equally', () => {
    expect(parseLink('2.5')).toEqual({ name: '2.5', rateMbps: 2.5, rttMs: null })
    expect(parseLink('2.50, 20')).toEqual({ name: '2.5,20', rateMbps: 2.5, rttMs: 20 })
    expect(parseLink('7,0')).toEqual({ name: '7,0', rateMbps: 7, rttMs: 0 })
  })

  it.each(['5g', 'ethernet', '', 'wifi,20', '3 Mbit', '0x10', '1e3'])(
    'refuses the name "%s" and says what there is',
    (text) => {
      const error = failure(text)
      expect([error.code, error.exitCode]).toEqual(['unknown-name', 2])
      expect(error.hint).toContain('3g, 4g, wifi, 1mbps')
    },
  )

  it.each(['0', '0,5', '-1', '2.5,-1', '1,2,3', '5,', ',5', '1.', `1${'0'.repeat(400)}`])(
    'refuses the numbers "%s"',
    (text) => {
      const error = failure(text)
      expect([error.code, error.exitCode]).toEqual(['bad-usage', 2])
      expect(error.message).toContain(text)
      expect(error.hint).toContain('<rate in Mbit/s>')
    },
  )

  it('never throws anything but a coded error, and what it takes is a usable link', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(parseLink(text).rateMbps).toBeGreaterThan(0)
        } catch (error) {
          expect(error).toBeInstanceOf(CodedError)
        }
      }),
    )
  })

  it('compares on the known links and the chosen one, without repeating it', () => {
    const names = (text: string) => comparedLinks(parseLink(text)).map(({ name }) => name)
    expect(names('wifi')).toEqual(['3g', '4g', 'wifi', '1mbps'])
    expect(names('2.5,20')).toEqual(['3g', '4g', 'wifi', '1mbps', '2.5,20'])
  })

  it('describes a link with its units', () => {
    expect(describeLink(parseLink('wifi'))).toBe('WiFi, 18.88 Mbit/s')
    expect(describeLink(parseLink('2.5,20'))).toBe('2.5 Mbit/s, 20 ms round trip')
  })
})

describe('transmission time', () => {
  // frameworks.md §4.1: airtime of a raw 32×32 uint8 image, without a header.
  it.each([
    ['3g', 22.34],
    ['4g', 4.2],
    ['wifi', 1.3],
    ['1mbps', 24.58],
  ])('of a raw image over %s is %d ms', (name, ms) => {
    expect(transmissionMs(3072, parseLink(name))).toBeCloseTo(ms, 2)
  })

  it('adds half of the round trip only where one is given', () => {
    expect(transmissionMs(1000, { rateMbps: 8, rttMs: null })).toBe(1)
    expect(transmissionMs(1000, { rateMbps: 8, rttMs: 20 })).toBe(11)
    expect(transmissionMs(0, { rateMbps: 8, rttMs: null })).toBe(0)
  })
})

describe('stored and lossy links', () => {
  const stored = [{ name: 'lab-wifi', rateMbps: 23.4, rttMs: 3.2 }]

  it('are chosen by name, beside the known ones', () => {
    expect(parseLink('lab-wifi', stored)).toEqual(stored[0])
    expect(parseLink('wifi', stored)).toMatchObject({ rateMbps: 18.88 })
    expect(() => parseLink('lab-wifi')).toThrow(expect.objectContaining({ code: 'unknown-name' }))
    expect(() => parseLink('other', stored)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('lab-wifi') }),
    )
  })

  it('may lose segments', () => {
    expect(parseLink('2.5,20,1%')).toEqual({ name: '2.5,20,1%', rateMbps: 2.5, rttMs: 20, loss: 0.01 })
    expect(parseLink('2.5,20,0%')).toEqual({ name: '2.5,20', rateMbps: 2.5, rttMs: 20 })
    expect(describeLink(parseLink('2.5,20,1%'))).toBe('2.5 Mbit/s, 20 ms round trip, 1 % loss')
    for (const text of ['2.5,20,1', '2.5,20,60%', '2.5,20,-1%', '2.5,20,1%,3'])
      expect(() => parseLink(text)).toThrow(expect.objectContaining({ code: 'bad-usage' }))
  })
})
