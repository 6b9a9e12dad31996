import { expect, it } from 'vitest'
import type { DeviceTiming } from '#common/contract/deviceTiming.ts'
import { renderCsv } from '../../../../src/main/workbench/reports/csv.ts'
import { manyCsv, manyJson } from '../../../../src/main/workbench/reports/many/data.ts'
import { manyHtml } from '../../../../src/main/workbench/reports/many/html.ts'
import { escapeLatex, manyLatex } from '../../../../src/main/workbench/reports/many/latex.ts'
import { bestRows, headRows } from '../../../../src/main/workbench/reports/many/material.ts'
import { fixtureComparison } from '../../../fixtures/comparison.ts'

const first = fixtureComparison({ points: ['pool2', 'pool4'] })
const second = fixtureComparison({ points: ['pool2', 'pool4'], link: '4g', device: 'board' })
const comparisons = [first, { ...second, run: { ...second.run, id: 'second-run' } }]
const report = {
  title: 'A <b>title</b> & 100 %',
  note: 'One.\n\nTwo <script>alert(1)</script>.',
  runs: [],
  timings: [],
}

const timingOn = (device: string, median: number): DeviceTiming => ({
  protocol: 1,
  id: `timing-${device}`,
  command: '',
  startedAt: '2026-11-27T10:00:00.000Z',
  durationS: 1,
  config: { device, run: first.run.id, points: null, timing: { seconds: 10, minIterations: 10, threads: 1, batch: 1 } },
  network: { name: 'vgg16', width: 0.25 },
  device: first.device,
  missing: [],
  heads: first.candidates.slice(0, device === 'pi-5' ? 1 : 2).map((candidate) => ({
    id: candidate.id,
    framework: candidate.framework,
    step: candidate.step,
    partitionPoint: candidate.partitionPoint,
    codec: candidate.codec,
    headMacs: candidate.headMacs,
    deviceMs: { ...candidate.deviceMs!, median },
    storedMs: null,
    warmup: 1,
    steady: true,
    before: first.device.conditions!.before,
    after: first.device.conditions!.after,
    clockResolutionMs: 0.001,
    samples: 'head-0123456789abcdef',
  })),
})
const timings = [timingOn('pi-4', 12.5), timingOn('pi-5', 5)]
const material = { report, comparisons, timings }

it('compares the best cuts with the first one', () => {
  const [one, other] = bestRows(comparisons)
  expect(one!.gain).toBeNull()
  expect(other!.gain).toBe(one!.composedMs / other!.composedMs)
  expect(other!.accuracyDelta).toBe(other!.accuracy - one!.accuracy)
  expect(other!.run).toBe('second-run')
})

it('puts the same head on several devices into one row, with an empty cell where it was not timed', () => {
  const rows = headRows(timings)
  expect(rows).toHaveLength(2)
  expect(rows[0]!.times.map((time) => time?.median)).toEqual([12.5, 5])
  expect(rows[1]!.times[1]).toBeNull()
})

it('is one HTML file of equal text for equal input, in which nothing of the user is markup', () => {
  const html = manyHtml(material)
  expect(html).toBe(manyHtml(material))
  expect(html).toContain('A &lt;b&gt;title&lt;/b&gt; &amp; 100 %')
  expect(html).not.toContain('<script')
  expect(html).not.toMatch(/(?:src|href)="(?!#)/)
  const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
  for (const { run } of comparisons) expect(html).toContain(run.id)
})

it('holds every row of every comparison as CSV, and all stored numbers as JSON', () => {
  const rows = (csv: string): string[] => csv.trimEnd().split('\r\n')
  expect(rows(manyCsv(material))).toEqual([
    ...rows(renderCsv(comparisons[0]!)),
    ...rows(renderCsv(comparisons[1]!)).slice(1),
  ])
  expect(JSON.parse(manyJson(material))).toMatchObject({
    protocol: 1,
    comparisons: JSON.parse(JSON.stringify(comparisons)),
  })
})

it('writes LaTeX that a special character cannot break', () => {
  expect(escapeLatex('a_b & 50 % {x} \\ ~ ^ #1 $')).toBe(
    'a\\_b \\& 50 \\% \\{x\\} \\textbackslash{} \\textasciitilde{} \\textasciicircum{} \\#1 \\$',
  )
  const latex = manyLatex(material)
  expect(latex.match(/\\begin\{tabular\}/g)).toHaveLength(2)
  const table = latex.slice(latex.indexOf('\\begin{tabular}'), latex.indexOf('\\end{tabular}'))
  const rows = table.split('\n').filter((line) => line.endsWith('\\\\'))
  expect(rows).toHaveLength(3)
  for (const row of rows) expect(row.match(/(?<!\\)&/g)).toHaveLength(7)
})
