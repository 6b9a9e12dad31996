import { describe, expect, it } from 'vitest'
import type { Conditions } from '#common/contract/result.ts'
import { timingWarnings } from '../../../../src/main/workbench/reports/warnings.ts'
import { fixtureComparison } from '../../../fixtures/comparison.ts'

const quiet: Conditions = { clockMhz: 2000, temperatureC: 50, throttled: '0x0', governor: 'performance', load1: 0.1 }
const full = { seconds: 10, minIterations: 10, threads: 2, batch: 1 }

function warnings(
  before: Partial<Conditions>,
  after: Partial<Conditions> = {},
  more: { emulated?: boolean; gamma?: number } = {},
) {
  const comparison = fixtureComparison()
  const machine = {
    ...comparison.device,
    emulated: more.emulated ?? false,
    conditions: { before: { ...quiet, ...before }, after: { ...quiet, ...after } },
  }
  return timingWarnings({ ...comparison, device: machine, server: machine, timing: full, gamma: more.gamma ?? null })
}

describe('warnings before the times', () => {
  it('are none under good conditions, and none for what the machine does not tell', () => {
    expect(warnings({})).toEqual([])
    const silent = { clockMhz: null, temperatureC: null, throttled: null, governor: null, load1: null }
    expect(warnings(silent, silent)).toEqual([])
  })

  it.each([
    [warnings({ governor: 'ondemand' }), 'governor is "ondemand"'],
    [warnings({}, { throttled: '0x50005' }), 'throttling was reported (0x50005)'],
    [warnings({}, { clockMhz: 1800 }), 'fell from 2000 to 1800 MHz'],
    [warnings({ load1: 1.4 }), 'other work was running'],
    [warnings({}, {}, { emulated: true }), 'is emulated'],
    [warnings({}, {}, { gamma: 5 }), 'modelled: 5 ×'],
  ])('name the condition: %#', (found, text) => {
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(text)
  })

  it('say when a time was shorter than a full measurement', () => {
    expect(timingWarnings(fixtureComparison()).at(-1)).toContain('0.5 s and at least 30 runs (profile quick)')
  })
})
