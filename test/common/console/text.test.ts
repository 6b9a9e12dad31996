import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConsoleText } from '#common/console/text.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('text of a console', () => {
  it('is cut into lines, with the unfinished one apart', () => {
    const text = new ConsoleText()
    expect(text.add(bytes('[    0.000000] Booting Linux\r\n[    0.0'))).toEqual(['[    0.000000] Booting Linux'])
    expect(text.partial).toBe('[    0.0')
    expect(text.add(bytes('1] next\npi login: '))).toEqual(['[    0.01] next'])
    expect(text.partial).toBe('pi login: ')
  })

  it('is the same however its bytes are cut', () => {
    const whole = 'ä€😀 one\r\n\u001b[31mtwo\u001b[0m\n50 %\r100 %\nthree'
    fc.assert(
      fc.property(fc.array(fc.nat(bytes(whole).length), { maxLength: 8 }), (cuts) => {
        const all = bytes(whole)
        const text = new ConsoleText()
        const lines: string[] = []
        let from = 0
        for (const to of [...cuts.sort((a, b) => a - b), all.length]) {
          lines.push(...text.add(all.subarray(from, to)))
          from = to
        }
        expect([...lines, text.partial]).toEqual(['ä€😀 one', 'two', '100 %', 'three'])
      }),
    )
  })

  it('carries nothing that repaints, reorders or grows without end', () => {
    const text = new ConsoleText()
    expect(text.add(bytes('a\u001b]0;title\u0007b\u202ec\u0007d\u0000\tx\b\by\n'))).toEqual(['abcdy'])
    const lines = text.add(bytes('z'.repeat(10_000)))
    expect(lines.map(({ length }) => length)).toEqual([4096, 4096])
    expect(text.partial).toHaveLength(10_000 - 8192)
  })
})
