import { describe, expect, it } from 'vitest'
import { bestCuts, headline } from '#common/charts/bestCuts.ts'
import { bestCutBars, bestCutBarsOption } from '#common/charts/latencyBars.ts'
import type { ChartTheme } from '#common/charts/theme.ts'
import type { Comparison, Time } from '#common/contract/result.ts'
import { fixtureComparison } from '../../fixtures/comparison.ts'

const theme: ChartTheme = {
  ink: '#000',
  muted: '#666',
  grid: '#ddd',
  surface: '#fff',
  series: ['#0072b2', '#56b4e9', '#e69f00', '#d55e00', '#009e73', '#cc79a7', '#f0e442', '#999'],
  parts: { device: '#009e73', transmission: '#cc79a7', server: '#999' },
  fontFamily: 'sans-serif',
}

function withDeviceTimes(source: Time['source']): Comparison {
  const comparison = fixtureComparison()
  const candidates = comparison.candidates.map((one) => ({ ...one, deviceMs: { ...one.deviceMs!, source } }))
  return { ...comparison, candidates, device: { ...comparison.device, emulated: source === 'emulated' } }
}

describe('times of an emulated device', () => {
  const emulated = withDeviceTimes('emulated')

  it('select nothing', () => {
    expect(headline(emulated, 'wifi').best).toBeNull()
    for (const { candidate, reason } of bestCuts(emulated, 'wifi')) {
      expect(candidate).toBeNull()
      expect(reason).toMatch(/measured or modelled times/)
    }
  })

  it('select what the same measured ones would, where that was asked for', () => {
    const asked = { ...emulated, allowEmulated: true }
    expect(headline(asked, 'wifi').best!.candidate!.id).toBe(headline(fixtureComparison(), 'wifi').best!.candidate!.id)
  })

  it('are named on the axis, as modelled ones are', () => {
    const axis = (comparison: Comparison) =>
      JSON.stringify(bestCutBarsOption(comparison, bestCutBars(comparison, 'wifi'), theme).xAxis)
    expect(axis(emulated)).toContain('(composed, emulated)')
    expect(axis(withDeviceTimes('modelled'))).toContain('(composed, modelled)')
    expect(axis(fixtureComparison())).toContain('(composed)')
  })
})
