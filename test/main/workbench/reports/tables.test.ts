import { describe, expect, it } from 'vitest'
import { fairTable } from '../../../../src/main/workbench/reports/fairTable.ts'
import { renderHtml } from '../../../../src/main/workbench/reports/html/document.ts'
import { orderingsTable } from '../../../../src/main/workbench/reports/orderingsTable.ts'
import { predictionTable } from '../../../../src/main/workbench/reports/predictionTable.ts'
import { fixtureComparison } from '../../../fixtures/comparison.ts'

const comparison = fixtureComparison()
const longest = (text: string): number => Math.max(...text.split('\n').map((line) => [...line].length))

describe('the table of the field', () => {
  it('has a row per framework and setting, within a terminal', () => {
    const { text, fields } = fairTable(comparison)
    expect(text.replace(/\s+/g, ' ')).toMatch(
      /Symbols have no bits.*Tried: only-splitting.* at \d+ points as 8 bit, float32/,
    )
    expect(longest(text)).toBeLessThanOrEqual(120)
    expect(fields).toHaveLength(4)
    for (const { rows } of fields)
      expect(rows.map(({ framework }) => framework).sort()).toEqual(['only-splitting', 'two-step'])
    expect(text).toMatch(/at most 5 points on \d+ validation images/)
  })

  it('says whether the aim is reached', () => {
    const fastest = comparison.candidates.find(({ framework }) => framework === 'two-step')!
    const quick = { ...fastest.deviceMs!, median: 0, ci95: [0, 0] as [number, number] }
    const own = {
      ...fastest,
      ...{ id: 'own', framework: 'auto', step: null, deviceMs: quick, serverMs: quick, payloadBytes: 0 },
      ...{ validationAccuracy: 1, accuracy: 1, accuracyLoss: -0.2, trainingBudget: 150_000 },
    }
    const { text } = fairTable({ ...comparison, candidates: [...comparison.candidates, own] })
    expect(text).toMatch(
      /^auto \(.*\): 0\.\d+ of the latency of the fastest other [\s\S]* less loss of\s+accuracy; the\s+aim [^.]*0\.5[^.]*: reached\.$/m,
    )
    expect(text).toContain('150 k')
    const worse = { ...own, accuracyLoss: 0.4 }
    expect(fairTable({ ...comparison, candidates: [...comparison.candidates, worse] }).text).toMatch(/: not reached\./)
  })
})

describe('the table of prediction errors', () => {
  const errors = [
    { kind: 'conv', layers: 13, measuredMs: 1.25, predictedMs: 1.5, mape: 0.21, hits: 0.5384, sumError: 0.2 },
    { kind: 'pooling', layers: 5, measuredMs: 0.05, predictedMs: 0.04, mape: 0.3, hits: 0.4, sumError: -0.2 },
  ]
  const layerTimes = { basis: 'left out' as const, regressors: null, errors, restMs: 0, rows: [] }

  it('has a row per kind of layer', () => {
    const { text } = predictionTable({ ...comparison, layerTimes })
    expect(longest(text)).toBeLessThanOrEqual(120)
    expect(text).toMatch(/^conv\s+13\s+1\.25\s+1\.50?\s+\+20\s+21\s+54$/m)
    expect(text).toMatch(/^pooling .*−20\s+30\s+40$/m)
    expect(text).toMatch(/each layer from the other layers of this network alone/)
  })

  it('is refused where nothing was measured', () => {
    expect(() => predictionTable({ ...comparison, layerTimes: null })).toThrow(/No layer of run/)
    expect(() => predictionTable({ ...comparison, layerTimes: { ...layerTimes, errors: null } })).toThrow(/No layer/)
  })
})

describe('the table of orderings', () => {
  it('stands in the report, with what can be judged alone', () => {
    const page = renderHtml(comparison)
    const { rows } = orderingsTable(comparison)
    const section = /<section id="orderings">[\s\S]*?<\/section>/.exec(page)![0]
    expect(section.match(/<tr>/g)).toHaveLength(1 + rows.filter(({ holds }) => holds !== null).length)
    expect(section).toContain('more cannot be judged by this run')
    expect(renderHtml({ ...comparison, candidates: [] })).not.toContain('id="orderings"')
  })

  it('has claims, what was observed and what was published, within a terminal', () => {
    const { text, rows } = orderingsTable(comparison)
    expect(longest(text)).toBeLessThanOrEqual(120)
    expect(text.match(/^ {4}published: /gm)).toHaveLength(rows.length)
    expect(text.match(/^ {4}observed: /gm)).toHaveLength(rows.filter(({ holds }) => holds !== null).length)
    for (const mark of ['holds', 'not judged']) expect(text).toContain(`[${mark}]`)
  })
})
