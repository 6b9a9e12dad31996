import { describe, expect, it } from 'vitest'
import { layerTimesOption } from '#common/charts/layerTimes.ts'
import { layerKinds } from '#common/latency/regressors.ts'
import { calibrationLayers } from '#common/latency/sweep.ts'

describe('the layers of a calibration', () => {
  it('are the same for a seed, of every kind, and small enough for a board', () => {
    const layers = calibrationLayers(1)
    expect(calibrationLayers(1)).toEqual(layers)
    expect(calibrationLayers(2)).not.toEqual(layers)
    for (const kind of layerKinds) {
      const own = layers.filter(({ work }) => work.kind === kind)
      expect(own.length).toBeGreaterThanOrEqual(8)
      expect(new Set(own.map(({ title }) => title)).size).toBe(own.length)
    }
    for (const { input, output, work } of layers) {
      expect(Math.min(output.channels, output.height, output.width)).toBeGreaterThan(0)
      expect(input.channels * input.height * input.width).toBeLessThanOrEqual(65_536)
      for (const feature of work.features) expect(feature).toBeGreaterThan(0)
    }
  })
})

describe('the chart of layer times', () => {
  const theme = {
    ink: '#000',
    muted: '#555',
    grid: '#ddd',
    surface: '#fff',
    series: ['#1', '#2', '#3', '#4', '#5', '#6', '#7', '#8'],
    parts: { device: '#a', transmission: '#b', server: '#c' },
    fontFamily: 'sans-serif',
  }
  const row = {
    unit: 'conv1',
    profile: { ms: 2, errorMs: 0.1 },
    difference: { ms: 1.9, ci95: [1.8, 2.1] as [number, number] },
    predictedMs: 2.2,
  }
  const option = (rows: (typeof row)[]) =>
    layerTimesOption({ rows }, theme) as unknown as {
      series: { name?: string; itemStyle?: { color?: string; borderColor?: string } }[]
    }

  it('never shows measured and predicted in one colour', () => {
    const colours = option([row]).series.flatMap(({ itemStyle }) => itemStyle?.borderColor ?? itemStyle?.color ?? [])
    expect(colours).toHaveLength(3)
    expect(new Set(colours).size).toBe(3)
  })

  it('leaves out what there is none of', () => {
    const none = { ...row, difference: null, predictedMs: null } as unknown as typeof row
    expect(option([none]).series.map(({ name }) => name)).toEqual(["measured: the runtime's profile"])
  })
})
