import { expect, it } from 'vitest'
import type { LiveLook } from '#common/contract/live.ts'
import { linkOverTimeOption, looksTable, partsOverTimeOption } from '../../src/renderer/charts/cooperation.ts'
import { defaultLiveFields, toLiveConfig } from '../../src/renderer/pages/live/form.ts'
import { rgbaOf } from '../../src/renderer/pages/live/pixels.ts'
import { beganAt, objectiveWords } from '../../src/renderer/pages/live/words.ts'
import { chartThemes } from '../../src/renderer/theme/chartTheme.ts'

const look = (atS: number, reason: string | null): LiveLook => ({
  ...{ atLeast: false, rate95: [18, 22] },
  ...{ atS, rateMbps: 20, rttMs: 1, paced: 'wifi', candidate: 'a', partitionPoint: 'pool1', title: 'a cut', reason },
  ...{ expectedMs: 9, images: 10, wholeMs: 10, headMs: 4, encodeMs: 1, linkMs: 3, serverMs: 2, source: 'modelled' },
})

it('stacks the parts of an image, which make the whole, and marks where another candidate came in', () => {
  const looks = [look(0, 'first choice'), look(1, null), look(2, 'slower link')]
  const { series } = partsOverTimeOption(looks, chartThemes.light) as {
    series: { stack?: string; data: [number, number][]; markLine?: { data: { xAxis: number }[] } }[]
  }
  const stacked = series.filter(({ stack }) => stack === 'parts')
  expect(stacked.reduce((sum, { data }) => sum + data[1]![1], 0)).toBe(10)
  expect(stacked[0]!.markLine!.data.map(({ xAxis }) => xAxis)).toEqual([0, 2])
  expect(looksTable(looks).rows).toHaveLength(3)
  expect(looksTable(looks).rows[0]).toHaveLength(looksTable(looks).columns.length)
})

it('marks what is only a lower bound of the rate, and draws no rate that an older record did not know', () => {
  const looks = [
    look(0, 'first choice'),
    { ...look(1, null), rateMbps: 310, atLeast: true, rate95: null },
    { ...look(2, null), rateMbps: 1e5, rate95: null },
  ]
  const { series } = linkOverTimeOption(looks, chartThemes.light) as unknown as {
    series: { data: [number, number | null][]; symbol(value: unknown, about: { dataIndex: number }): string }[]
  }
  expect(series[0]!.data).toEqual([
    [0, 20],
    [1, 310],
    [2, null],
  ])
  expect([0, 1].map((dataIndex) => series[0]!.symbol(null, { dataIndex }))).toEqual(['circle', 'triangle'])
  const { columns, rows } = looksTable(looks)
  expect(rows.map((row) => row[columns.indexOf('rate_is')])).toEqual(['measured', 'at least', 'not measurable'])
})

it('knows when live inference began, and what it selected for', () => {
  expect(beganAt('live-20261127093005')).toBe(new Date('2026-11-27T09:30:05Z').toLocaleString('sv-SE'))
  expect(beganAt('something')).toBe('something')
  expect(objectiveWords('accuracy')).toBe('most accuracy')
  expect(objectiveWords('a later one')).toBe('a later one')
})

it('turns fields into a request, or says what they lack', () => {
  const fields = { ...defaultLiveFields(), changes: ' 2.5,20@5, 1mbps@10 ', link: 'custom', customLink: '8,10' }
  expect(toLiveConfig(fields, 'run', 'pi')).toMatchObject({
    ...{ run: 'run', device: 'pi', server: 'local', link: '8,10', points: null },
    changes: ['2.5,20@5', '1mbps@10'],
  })
  expect(toLiveConfig({ ...fields, link: 'real' }, 'run', 'pi')).toContain('Changes:')
  expect(toLiveConfig({ ...fields, points: 'chosen' }, 'run', 'pi')).toContain('Candidates:')
  expect(toLiveConfig({ ...fields, server: 'pi' }, 'run', 'pi')).toContain('Server:')
  expect(toLiveConfig(fields, 'run', undefined)).toContain('Device:')
})

it('puts colour planes side by side into pixels, and grey into all three', () => {
  const pixels = Uint8Array.from([9, 9, 9, 9, 9, 9, 1, 2, 3, 4, 5, 6])
  expect([...rgbaOf({ count: 2, channels: 3, height: 1, width: 2, pixels }, 1)]).toEqual([1, 3, 5, 255, 2, 4, 6, 255])
  expect([...rgbaOf({ count: 6, channels: 1, height: 1, width: 2, pixels }, 3)]).toEqual([1, 1, 1, 255, 2, 2, 2, 255])
})
