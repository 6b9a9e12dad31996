import { describe, expect, it } from 'vitest'
import type { Conditions } from '#common/contract/result.ts'
import { conditionsSchema } from '#common/contract/result.ts'
import { decodeThrottled } from '#common/measurement/conditions.ts'
import { timingWarnings } from '#common/measurement/warnings.ts'
import { fixtureComparison } from '../../fixtures/comparison.ts'

const quiet: Conditions = {
  clockMhz: 2000,
  temperatureC: 50,
  throttled: '0x0',
  governor: 'performance',
  load1: 3,
  otherCores: 0.1,
  nominalMhz: 2000,
  onBattery: false,
}
const full = { seconds: 10, minIterations: 10, threads: 2, batch: 1, rule: null }

function warnings(
  during: Partial<Conditions>[],
  {
    before = {},
    after = {},
    ...more
  }: {
    before?: Partial<Conditions>
    after?: Partial<Conditions>
    emulated?: boolean
    gamma?: number
  } = {},
) {
  const comparison = fixtureComparison()
  const machine = {
    ...comparison.device,
    emulated: more.emulated ?? false,
    conditions: {
      before: { ...quiet, ...before },
      after: { ...quiet, ...after },
      during: during.map((one, index) => ({ atS: index * 10, conditions: { ...quiet, ...one } })),
    },
  }
  return timingWarnings({ ...comparison, device: machine, server: machine, timing: full, gamma: more.gamma ?? null })
}

describe('warnings before the times', () => {
  it('are none under good conditions, and none for what the machine does not tell', () => {
    expect(warnings([{}, {}])).toEqual([])
    const silent = conditionsSchema.parse({
      clockMhz: null,
      temperatureC: null,
      throttled: null,
      governor: null,
      load1: null,
    })
    expect(warnings([silent, silent], { before: silent, after: silent })).toEqual([])
  })

  it('do not take the load of this very run before the timing for other work', () => {
    expect(warnings([], { before: { load1: 7 }, after: { load1: 7, otherCores: 0 } })).toEqual([])
  })

  it.each([
    [warnings([{ governor: 'ondemand' }]), 'governor is "ondemand"'],
    [warnings([{ throttled: '0x4' }]), 'while timing: it was throttled (0x4)'],
    [warnings([], { after: { throttled: '0x50000' } }), 'since it was switched on: under-voltage, it was throttled'],
    [warnings([{ throttled: 'hot' }]), 'throttling was reported (hot)'],
    [warnings([{ clockMhz: 600 }]), 'down to 600 MHz, below its nominal 2000 MHz'],
    [
      warnings(
        [{ clockMhz: 1800 }].map((one) => ({ ...one, nominalMhz: null })),
        noNominal(),
      ),
      'from 2000 MHz to 1800 MHz',
    ],
    [warnings([{ otherCores: 1.4 }, { otherCores: 1.2 }]), 'other work kept 1.2 cores busy'],
    [warnings([50, 52, 54, 56, 58].map((temperatureC) => ({ temperatureC }))), 'by 8 °C (12 °C per minute)'],
    [warnings([{ onBattery: true }]), 'on battery'],
    [warnings([], { emulated: true }), 'is emulated'],
    [warnings([], { gamma: 5 }), 'modelled: 5 ×'],
  ])('name the condition: %#', (found, text) => {
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(text)
  })

  it('say when a time was shorter than a full measurement', () => {
    expect(timingWarnings(fixtureComparison()).at(-1)).toContain(
      'override: 0.5 s, at least 0.5 s and 30 runs per time (profile quick)',
    )
  })
})

function noNominal() {
  return { before: { nominalMhz: null }, after: { nominalMhz: null } }
}

describe("the Raspberry Pi's throttle mask", () => {
  it.each([
    ['0x0', [], []],
    ['0x1', ['under-voltage'], []],
    ['0x50005', ['under-voltage', 'it was throttled'], ['under-voltage', 'it was throttled']],
    ['0x80008', ['the soft temperature limit'], ['the soft temperature limit']],
    ['e0000', [], ['the clock was capped', 'it was throttled', 'the soft temperature limit']],
  ])('%s', (text, now, sinceBoot) => {
    expect(decodeThrottled(text)).toEqual({ now, sinceBoot })
  })

  it('is nothing else', () => {
    expect(decodeThrottled('hot')).toBeNull()
    expect(decodeThrottled('0x')).toBeNull()
  })
})
