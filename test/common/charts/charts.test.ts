import { describe, expect, it } from 'vitest'
import { accuracyLatency, accuracyLatencyOption } from '#common/charts/accuracyLatency.ts'
import { bestCuts, headline } from '#common/charts/bestCuts.ts'
import { deviceTimes, deviceTimesOption } from '#common/charts/deviceTimes.ts'
import { bestCutBars, bestCutBarsOption, pointBars, pointBarsOption } from '#common/charts/latencyBars.ts'
import {
  cumulativeMacs,
  cumulativeMacsOption,
  transmissionWorkload,
  transmissionWorkloadOption,
} from '#common/charts/layerCharts.ts'
import { candidateLabel, chartSeries, comparisonSeries, lineSeries, pointOrder } from '#common/charts/series.ts'
import type { ChartTheme } from '#common/charts/theme.ts'
import { slotDash, slotMarker } from '#common/charts/theme.ts'
import type { Comparison } from '#common/contract/result.ts'
import { fixtureComparison } from '../../fixtures/comparison.ts'

const comparison = fixtureComparison({ device: 'board' })
const theme: ChartTheme = {
  ink: '#000',
  muted: '#666',
  grid: '#ddd',
  surface: '#fff',
  series: ['#0072b2', '#56b4e9', '#e69f00', '#d55e00', '#009e73', '#cc79a7', '#f0e442', '#999'],
  parts: { device: '#009e73', transmission: '#cc79a7', server: '#999' },
  fontFamily: 'sans-serif',
}

/** frameworks.md §3.1. */
const vggPoints =
  'input conv1 conv2 pool1 conv3 conv4 pool2 conv5 conv6 conv7 pool3 conv8 conv9 conv10 pool4 conv11 conv12 conv13 pool5 output'

const candidateAt = (key: string, point: string) =>
  comparisonSeries(comparison)
    .find((series) => series.key === key)!
    .candidates.find(({ partitionPoint }) => partitionPoint === point)

describe('series', () => {
  it('separates the two forms of only-splitting and the two steps, with fixed slots', () => {
    expect(
      comparisonSeries(comparison).map(({ key, label, slot, candidates }) => [key, label, slot, candidates.length]),
    ).toEqual([
      ['only-splitting/float32', 'only-splitting · float32', 1, 20],
      ['only-splitting/uint8', 'only-splitting · uint8', 0, 20],
      ['two-step/step1', 'two-step · step 1', 2, 20],
      ['two-step/step2', 'two-step · step 2', 3, 16],
    ])
  })

  it('has at output its own form, or where a run sent logits in one form only, that one in all', () => {
    const at = ({ candidates }: Comparison, point: string) =>
      comparisonSeries({ ...comparison, candidates }).map((series) => {
        const one = series.candidates.find(({ partitionPoint }) => partitionPoint === point)
        return one ? [one.codec, candidateLabel(one, series)] : null
      })
    const step1 = ['uint8', 'two-step · step 1']
    expect(at(comparison, 'output')).toEqual([
      ['float32', 'only-splitting · float32'],
      ['uint8', 'only-splitting · uint8'],
      step1,
      null,
    ])
    expect(at(comparison, 'input')).toEqual([['uint8', 'only-splitting'], ['uint8', 'only-splitting'], step1, null])
    const floats = comparison.candidates.filter(
      ({ framework, partitionPoint, codec }) =>
        framework !== 'only-splitting' || partitionPoint !== 'output' || codec === 'float32',
    )
    expect(at({ ...comparison, candidates: floats }, 'output')).toEqual([
      ['float32', 'only-splitting · float32'],
      ['float32', 'only-splitting · float32'],
      step1,
      null,
    ])
  })

  it('is in network order and ends with output', () => {
    expect(pointOrder(comparison).join(' ')).toBe(vggPoints)
    for (const { candidates } of comparisonSeries(comparison)) {
      const at = candidates.map(({ partitionPoint }) => pointOrder(comparison).indexOf(partitionPoint))
      expect(at).toEqual([...at].sort((a, b) => a - b))
    }
  })

  it('gives an unknown framework a slot of its own', () => {
    const candidates = comparison.candidates.map((one) =>
      one.step === 'step2' ? { ...one, framework: 'ccto', step: null } : one,
    )
    expect(comparisonSeries({ ...comparison, candidates }).map(({ key, slot }) => [key, slot])).toContainEqual([
      'ccto/uint8',
      4,
    ])
  })
})

describe('layer charts', () => {
  it('show the bytes that the candidates really send, and the raw image', () => {
    const { points, rawImageBytes, lines } = transmissionWorkload(comparison)
    expect(rawImageBytes).toBe(3072)
    const keys = ['only-splitting/float32', 'only-splitting/uint8', 'two-step/step1', 'two-step/step2']
    for (const [index, line] of lines.entries()) {
      expect(line.values).toEqual(points.map((point) => candidateAt(keys[index]!, point)?.payloadBytes ?? null))
    }
    // width 0.25 of 65 536 elements
    expect(lines[1]!.values[1]).toBe(16_384)
    expect(lines[0]!.values[1]).toBe(65_536)
  })

  it('show the MACs that the candidates report', () => {
    const { points, lines } = cumulativeMacs(comparison)
    const keys = ['only-splitting/uint8', 'two-step/step1', 'two-step/step2']
    for (const [index, line] of lines.entries()) {
      expect(line.values).toEqual(points.map((point) => candidateAt(keys[index]!, point)?.headMacs ?? null))
    }
    expect(lines[0]!.values.at(-1)).toBe(comparison.network.macs)
  })

  it('never put measured and modelled times into one chart', () => {
    expect(deviceTimes(comparison, 'modelled').lines).toEqual([])
    expect(deviceTimes(comparison, 'measured').lines[3]!.times[1]).toEqual(
      candidateAt('two-step/step2', 'conv1')!.deviceMs,
    )
    const modelled = fixtureComparison({ gamma: 5 })
    expect(deviceTimes(modelled, 'measured').lines).toEqual([])
    expect(deviceTimes(modelled, 'modelled').lines).toHaveLength(4)
  })

  it('options carry exactly this data', () => {
    const data = (option: { series?: unknown }) =>
      (option.series as { type: string; data: unknown }[]).filter(({ type }) => type === 'line').map((one) => one.data)
    expect(data(transmissionWorkloadOption(comparison, theme))).toEqual(
      transmissionWorkload(comparison).lines.map(({ values }) => values),
    )
    expect(data(cumulativeMacsOption(comparison, theme))).toEqual(
      cumulativeMacs(comparison).lines.map(({ values }) => values),
    )
    expect(data(deviceTimesOption(comparison, 'measured', theme))).toEqual(
      deviceTimes(comparison, 'measured').lines.map(({ times }) => times.map((time) => time?.median ?? null)),
    )
    expect(transmissionWorkloadOption(comparison, theme).yAxis).toMatchObject({ type: 'log', min: 1, max: 100_000 })
  })
})

describe('best cuts', () => {
  it.each(['3g', '4g', 'wifi', '1mbps'])('on %s are those of brute force', (link) => {
    for (const { series, candidate, endToEnd } of bestCuts(comparison, link)) {
      const allowed = series.candidates.filter(
        ({ validationAccuracy }) => comparison.baseline.validationAccuracy - validationAccuracy <= comparison.maxLoss,
      )
      const fastest = Math.min(...allowed.map(({ byLink }) => byLink[link]!.endToEnd!.composedMs))
      expect(endToEnd!.composedMs).toBe(fastest)
      expect(candidate!.byLink[link]!.endToEnd).toEqual(endToEnd)
    }
  })

  it('say why there is none', () => {
    const strict = bestCuts({ ...comparison, maxLoss: 0.001 }, 'wifi').find(
      ({ series }) => series.key === 'two-step/step2',
    )!
    expect(strict.candidate).toBeNull()
    expect(strict.reason).toContain('"loss ≤ 0.1 points" rules out 16 of 16')
  })

  it('gain is the best unpruned cut over the best of all', () => {
    const { best, unpruned, gain } = headline(comparison, 'wifi')
    const ms = (framework: string) =>
      Math.min(
        ...bestCuts(comparison, 'wifi')
          .filter(({ candidate }) => candidate?.framework === framework)
          .map(({ endToEnd }) => endToEnd!.composedMs),
      )
    expect(best!.series.key).toBe('two-step/step2')
    expect(unpruned!.candidate!.framework).toBe('only-splitting')
    expect(gain).toBeCloseTo(ms('only-splitting') / ms('two-step'), 12)
  })
})

describe('latency bars', () => {
  it('stack the three parts to the composed latency', () => {
    for (const link of ['3g', 'wifi']) {
      const bars = bestCutBars(comparison, link)
      const { series } = bestCutBarsOption(comparison, bars, theme) as { series: { name?: string; data: number[] }[] }
      expect(series.slice(0, 3).map(({ name }) => name)).toEqual(['device', 'transmission', 'server'])
      for (const [index, { endToEnd }] of bars.entries()) {
        const sum = series.slice(0, 3).reduce((total, { data }) => total + data[index]!, 0)
        expect(sum).toBeCloseTo(endToEnd!.composedMs, 9)
      }
    }
  })

  it('have every point of the comparison in every panel, empty where there is no candidate', () => {
    const step2 = comparisonSeries(comparison)[3]!
    const bars = pointBars(comparison, step2, 'wifi')
    expect(bars.map(({ label }) => label).join(' ')).toBe(vggPoints)
    expect(bars.filter(({ endToEnd }) => endToEnd === null).map(({ label }) => label)).toEqual([
      'input',
      'conv2',
      'pool1',
      'output',
    ])
    const reference = { label: 'send the image', ms: 1e6 }
    expect(pointBarsOption(comparison, step2, 'wifi', reference, theme).yAxis).toMatchObject({ max: 1.1e6 })
  })
})

describe('a comparison of more series than can be told apart', () => {
  /** Every candidate of step 2 is a code of another width. */
  const many: Comparison = {
    ...comparison,
    candidates: comparison.candidates.map((one, index) =>
      one.step === 'step2' ? { ...one, framework: 'ccto', step: `C/${index}` } : one,
    ),
  }

  it('has one bar, colour and marker for every framework, which says what of it is the best', () => {
    expect(comparisonSeries(many).length).toBe(19)
    const series = chartSeries(many)
    expect(series.map(({ label }) => label)).toEqual(['only-splitting', 'two-step', 'ccto'])
    expect(series.flatMap(({ candidates }) => candidates)).toHaveLength(many.candidates.length)
    const styles = Array.from({ length: 12 }, (_, slot) => JSON.stringify([slotMarker(theme, slot), slotDash(slot)]))
    expect(new Set(styles).size).toBe(styles.length)
    for (const [index, { label, detail, endToEnd }] of bestCutBars(many, 'wifi').entries()) {
      const own = series[index]!.candidates.flatMap((one) => {
        const total = one.byLink.wifi?.endToEnd?.composedMs
        const loss = many.baseline.validationAccuracy - one.validationAccuracy
        return total !== undefined && loss <= many.maxLoss ? [{ one, total }] : []
      })
      const best = own.sort((a, b) => a.total - b.total)[0]!
      expect(endToEnd!.composedMs).toBe(best.total)
      expect(best.one.framework).toBe(label)
      expect(detail).toBe(label === 'two-step' ? 'step 1' : (best.one.step ?? best.one.codec))
    }
    const points = accuracyLatency(many, 'wifi').series[2]!.points
    expect(points.map(({ detail }) => detail)).toEqual(series[2]!.candidates.map(({ step }) => step))
  })

  it('leaves series of a single cut out of lines', () => {
    expect(lineSeries(many).map(({ label }) => label)).toEqual([
      'only-splitting · float32',
      'only-splitting · uint8',
      'two-step · step 1',
    ])
    expect(lineSeries(comparison)).toEqual(comparisonSeries(comparison))
  })

  it('is drawn series by series where they are few', () => {
    expect(chartSeries(comparison)).toEqual(comparisonSeries(comparison))
    expect(bestCutBars(comparison, 'wifi').every(({ detail }) => detail === null)).toBe(true)
  })
})

describe('accuracy against latency', () => {
  it('has every timed candidate and the front that nothing beats', () => {
    const { series, front } = accuracyLatency(comparison, 'wifi')
    expect(series.map(({ points }) => points.length)).toEqual([20, 20, 20, 16])
    const all = series.flatMap(({ points }) => points)
    for (const one of front) {
      expect(
        all.some(
          ({ ms, accuracy }) => ms <= one.ms && accuracy >= one.accuracy && (ms < one.ms || accuracy > one.accuracy),
        ),
      ).toBe(false)
    }
    expect(front.length).toBeGreaterThan(1)
    const { series: drawn } = accuracyLatencyOption(comparison, 'wifi', theme) as { series: { data: unknown[] }[] }
    const [first] = series[3]!.points
    expect(drawn[3]!.data[0]).toEqual({ name: first!.point, value: [first!.ms, first!.accuracy * 100] })
  })
})
