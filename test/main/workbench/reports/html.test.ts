import { describe, expect, it } from 'vitest'
import { comparisonSchema } from '#common/contract/result.ts'
import { threeDigits } from '../../../../src/main/workbench/reports/digits.ts'
import { renderHtml } from '../../../../src/main/workbench/reports/html/document.ts'
import { html } from '../../../../src/main/workbench/reports/html/markup.ts'
import { fixtureComparison } from '../../../fixtures/comparison.ts'

const comparison = fixtureComparison()
// Assertions are about parts of this text: a failure must not print all of it.
const report = renderHtml(comparison)

/** What a value that is not there leaves behind: with its surroundings, but not the whole report. */
const broken = /.{0,60}(?:\bNaN\b|Infinity|undefined|\[object).{0,60}/

/** Every tag is closed in order; returns the names of all elements. Style and script hold no tags. */
function elements(text: string): string[] {
  const names: string[] = []
  const open: string[] = []
  const body = text.replace(/<(style|script)>[\s\S]*?<\/\1>/g, '<$1></$1>')
  for (const [, close, name, attributes, selfClosed] of body.matchAll(
    /<(\/?)([a-zA-Z][\w-]*)((?:\s+[^\s=>]+(?:="[^"]*")?)*)\s*(\/?)>/g,
  )) {
    if (close) expect(open.pop()).toBe(name)
    else {
      names.push(name!)
      expect(attributes).not.toContain('undefined')
      if (!selfClosed && !['meta', 'br'].includes(name!)) open.push(name!)
    }
  }
  expect(open).toEqual([])
  return names
}

describe('report in HTML', () => {
  it('is well formed, the same each time, and has its charts inside', () => {
    const names = elements(report)
    expect(names.filter((name) => name === 'svg')).toHaveLength(3 + 4 + 4 + 1)
    expect(renderHtml(comparison)).toBe(report)
    expect(report.match(broken)).toBeNull()
  })

  it('loads nothing: no address, no url() but its own patterns, a policy that forbids the rest', () => {
    expect(report.match(/https?:/)).toBeNull()
    expect(report.match(/\b(?:src|href|srcset|action|data)=/)).toBeNull()
    for (const [, target] of report.matchAll(/url\(([^)]*)\)/g)) {
      expect(target).toMatch(/^#/)
      expect(report.includes(`id="${target!.slice(1)}"`), `id="${target!.slice(1)}"`).toBe(true)
    }
    expect(report.match(/Content-Security-Policy" content="default-src &#39;none&#39;/)).not.toBeNull()
    expect(report.includes('@import')).toBe(false)
  })

  it('has unique ids', () => {
    const ids = [...report.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('shows every candidate with its exact numbers behind the rounded ones', () => {
    for (const { endToEnd, payloadBytes, headMacs, deviceMs, serverMs } of comparison.candidates) {
      expect(report.includes(`data-value="${endToEnd!.composedMs}"`), `data-value="${endToEnd!.composedMs}"`).toBe(true)
      expect(
        report.includes(`>${threeDigits(endToEnd!.composedMs)} <small>`),
        `>${threeDigits(endToEnd!.composedMs)} <small>`,
      ).toBe(true)
      expect(report.includes(`data-value="${deviceMs!.median}"`), `data-value="${deviceMs!.median}"`).toBe(true)
      expect(report.includes(`data-value="${serverMs!.median}"`), `data-value="${serverMs!.median}"`).toBe(true)
      expect(report.includes(`data-value="${payloadBytes}"`), `data-value="${payloadBytes}"`).toBe(true)
      expect(report.includes(`data-value="${headMacs}"`), `data-value="${headMacs}"`).toBe(true)
    }
  })

  it('has what it takes to run it again', () => {
    const { run, dataset, baseline } = comparison
    for (const text of [
      run.command,
      run.configHash,
      dataset.hash,
      baseline.weightsHash,
      run.id,
      'onnxruntime 1.30.0',
      'seed 1',
      'cpuFeatures avx2 avx512f',
    ]) {
      expect(report.includes(text), text).toBe(true)
    }
  })

  it('labels modelled times, in columns and charts of their own', () => {
    const modelled = renderHtml(fixtureComparison({ gamma: 5 }))
    expect(modelled.includes('ms, modelled, γ 5'), 'ms, modelled, γ 5').toBe(true)
    expect(
      modelled.includes('Cumulative computation time on the device, modelled'),
      'Cumulative computation time on the device, modelled',
    ).toBe(true)
    expect(modelled.includes('Cumulative computation time on the device, measured')).toBe(false)
    expect(report.replace(/<style>[\s\S]*?<\/style>/, '').includes('modelled')).toBe(false)
  })

  it('lists empty cells with their reasons', () => {
    expect(report.match(/<td>two-step · step 2<\/td><td>pool1<\/td><td>conv2 cannot lose a filter/)).not.toBeNull()
  })

  it('stands without two-step, without only-splitting, without times, with a remote device', () => {
    const untimed = fixtureComparison()
    for (const one of untimed.candidates) {
      one.deviceMs = null
      one.endToEnd = null
      for (const over of Object.values(one.byLink)) over.endToEnd = null
    }
    const variants = [
      fixtureComparison({ frameworks: ['only-splitting'] }),
      fixtureComparison({ frameworks: ['two-step'] }),
      fixtureComparison({ device: 'board', link: '2.5,20', points: ['pool2', 'pool3'] }),
      untimed,
    ]
    for (const variant of variants) {
      const text = renderHtml(variant)
      elements(text)
      expect(text.match(broken)).toBeNull()
    }
  })

  it('escapes whatever comes from outside', () => {
    const hostile = '"><script>alert(1)</script><img src=x onerror=alert(2)>\'&'
    const poisoned = JSON.parse(
      JSON.stringify(comparison, (key, value) =>
        typeof value === 'string' &&
        !['source', 'kind', 'profile', 'partitionPoint', 'point', 'framework', 'step', 'id'].includes(key)
          ? value + hostile
          : value,
      ),
    )
    poisoned.link = comparison.link
    poisoned.candidates[3].framework = hostile
    poisoned.candidates[4].partitionPoint = hostile
    poisoned.layers[0].rows[2].point = hostile
    const text = renderHtml(comparisonSchema.parse(poisoned))
    expect(text.includes('alert(1)'), 'alert(1)').toBe(true)
    expect(text.match(/<script/g)).toHaveLength(1)
    expect(text.includes('<img')).toBe(false)
    elements(text.replaceAll("'", ''))
  })
})

describe('markup', () => {
  it('escapes values, keeps markup, drops what is not there', () => {
    expect(html`<a b="${'"<&\''}">${html`<i>${1}</i>`}${[null, false, 'x>']}</a>`.text).toBe(
      '<a b="&quot;&lt;&amp;&#39;"><i>1</i>x&gt;</a>',
    )
  })
})
