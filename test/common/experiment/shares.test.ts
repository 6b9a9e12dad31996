import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Meter } from '#common/experiment/meter.ts'
import { planBeside, shareOut, sideOf } from '#common/experiment/shares.ts'

const plan = [
  { phase: 'baseline', title: '', seconds: 500 },
  { phase: 'only-splitting', title: '', seconds: 30 },
  { phase: 'step1', title: '', seconds: 100 },
  { phase: 'two-step', title: '', seconds: 10 },
  { phase: 'step2/conv1', title: '', seconds: 90 },
  { phase: 'ccto', title: '', seconds: 300 },
  { phase: 'jscc', title: '', seconds: 120 },
  { phase: 'auto', title: '', seconds: 400 },
]
const all = ['only-splitting', 'two-step', 'ccto', 'jscc', 'auto']

describe('two trainers', () => {
  it('get what trains apart, dealt evenly; the search stays alone', () => {
    const shares = shareOut(all, plan)!
    expect(shares).toEqual({ first: ['only-splitting'], apart: [['ccto'], ['two-step', 'jscc']] })
    expect(['baseline', 'auto', 'step1', 'step2/conv1', 'ccto'].map((phase) => sideOf(phase, shares))).toEqual([
      undefined,
      undefined,
      1,
      1,
      0,
    ])
    const seconds = planBeside(plan, shares).map((item) => item.seconds)
    expect([seconds[0], seconds[1], seconds[7]]).toEqual([500, 30, 400])
    for (const index of [2, 3, 4, 5, 6]) expect(seconds[index]).toBeLessThan(plan[index]!.seconds)
  })

  it('are not worth it for little, or for one framework', () => {
    expect(shareOut(['only-splitting', 'ccto', 'auto'], plan)).toBeUndefined()
    expect(
      shareOut(
        all,
        plan.map((item) => ({ ...item, seconds: item.seconds / 10 })),
      ),
    ).toBeUndefined()
  })

  it('lose no framework and double none', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.constantFrom(...all)),
        fc.array(fc.nat(1000), { minLength: 8, maxLength: 8 }),
        (names, times) => {
          const shares = shareOut(
            names,
            plan.map((item, index) => ({ ...item, seconds: times[index]! })),
          )
          if (!shares) return
          const dealt = [...shares.first, ...shares.apart.flat(), ...(names.includes('auto') ? ['auto'] : [])]
          expect(dealt.sort()).toEqual([...names].sort())
        },
      ),
    )
  })

  it('are one job: neither ends what the other is at', () => {
    const shares = shareOut(all, plan)!
    const meter = new Meter(
      plan,
      () => 0,
      (phase) => sideOf(phase, shares),
    )
    const at = (phase: string, done: number): number =>
      meter.update({ phase, title: '', unit: '', done, total: 10 }).share!
    const total = 1550
    expect(at('ccto', 5)).toBeCloseTo((530 + 150) / total)
    expect(at('step1', 1)).toBeCloseTo((530 + 150 + 10) / total)
    expect(at('jscc', 0)).toBeCloseTo((530 + 150 + 200) / total)
    expect(at('auto', 0)).toBeCloseTo(1150 / total)
  })
})
