import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Comparison } from '#common/contract/result.ts'
import { ownAssumptions } from '#common/latency/assumptions.ts'
import { parseLink } from '#common/latency/links.ts'
import { decide } from '#common/selection/decide.ts'
import { placing } from '#common/selection/placed.ts'
import { parseQuery } from '#common/selection/query.ts'
import { fixtureComparison } from '../fixtures/comparison.ts'
import { seriousViolations } from './support/axe.ts'
import { describeHost } from './support/describe.ts'
import type { Hosts, OpenWorkbench } from './support/host.ts'
import { openHosts } from './support/host.ts'
import { exported, goTo, parseCsv } from './support/pages.ts'
import { newWorkspace, storeRun } from './support/workspace.ts'

const comparison = fixtureComparison()
const { id } = comparison.run
const base = placing(comparison)
/** The same as if its device were an emulated one. */
const emulated: Comparison = {
  ...comparison,
  run: { ...comparison.run, id: 'emulated-board' },
  candidates: comparison.candidates.map((one) => ({ ...one, deviceMs: { ...one.deviceMs!, source: 'emulated' } })),
}
/** What the same code says outside of the window. */
const answer = (query: string, link = 'wifi') =>
  decide(base, {
    terms: parseQuery(query, base.known),
    objective: 'latency',
    assumptions: { ...ownAssumptions(comparison), link: parseLink(link) },
  })

describeHost('the Select page', () => {
  let hosts: Hosts
  let workbench: OpenWorkbench
  let page: Page
  const explanation = () => page.locator('[data-explanation] .answer')
  const where = () => page.getByLabel('Where')

  beforeAll(async () => {
    const workspace = newWorkspace()
    await storeRun(workspace, comparison)
    await storeRun(workspace, emulated)
    hosts = await openHosts()
    workbench = await hosts.open(workspace)
    page = workbench.page
    await goTo(page, `select/${id}`)
    await explanation().waitFor()
  })
  afterAll(async () => {
    await workbench?.close()
    await hosts?.close()
  })

  it('begins with the accuracy bound of the run, and gives the reason', async () => {
    expect(await where().inputValue()).toBe('loss <= 5 points')
    expect(await explanation().textContent()).toBe(answer('loss <= 5 points').explanation[0])
  })

  it('follows a typed query, and the sliders follow it', async () => {
    const query = 'latency <= 2 ms, payload <= 1 kB, cut != output'
    await where().fill(query)
    const { selection, explanation: expected } = answer(query)
    expect(await explanation().textContent()).toBe(expected[0])
    expect(await page.locator('[data-limit="latency"]').inputValue()).toBe(
      String(Math.round(Math.log10(2) * 100) / 100),
    )
    const excluded = selection.excluded.find(({ text }) => text.startsWith('payload'))!.count
    expect(await page.locator('[data-limit="payload"]').getAttribute('aria-valuetext')).toBe(
      `1000 B · excludes ${excluded}`,
    )
    const rows = parseCsv(String(await exported(page, 'Candidates and their Pareto front', 'CSV')))
    expect(rows.filter(({ allowed }) => allowed === 'yes').length).toBe(selection.allowed.length)
    expect(rows.find(({ chosen }) => chosen === 'yes')).toMatchObject({
      partition_point: selection.chosen!.point,
      end_to_end_composed_ms: String(selection.chosen!.values.latency),
    })
  })

  it('writes a moved slider into the query, by keyboard', async () => {
    await where().fill('latency <= 2 ms, cut != output')
    const slider = page.locator('[data-limit="accuracy"]')
    await slider.focus()
    await page.keyboard.press('End')
    await page.keyboard.press('ArrowLeft')
    const text = await where().inputValue()
    expect(text).toMatch(/^latency <= 2 ms, cut != output, accuracy >= [\d.]+ %$/)
    expect(await explanation().textContent()).toBe(answer(text).explanation[0])
    await page.keyboard.press('Home')
    expect(await where().inputValue()).toBe('latency <= 2 ms, cut != output')
  })

  it('selects again when the link changes, without a round trip', async () => {
    const frames: string[] = []
    page.on('websocket', (socket) => socket.on('framesent', () => frames.push('sent')))
    await where().fill('loss <= 5 points')
    await page.getByRole('button', { name: '3g', exact: true }).click()
    const { selection, explanation: expected } = answer('loss <= 5 points', '3g')
    expect(await explanation().textContent()).toBe(expected[0])
    const first = page.locator('table[data-table="shortlist"] tbody tr').first()
    expect(await first.getAttribute('data-row')).toBe(selection.chosen!.candidate.id)
    expect(frames).toEqual([])
    await page.getByRole('button', { name: 'wifi', exact: true }).click()
  })

  it('explains why nothing fits, and loosens one limit at a press', async () => {
    const query = 'latency <= 0.01 ms, loss <= 5 points'
    await where().fill(query)
    const { infeasible, explanation: expected } = answer(query)
    expect(await page.locator('[data-explanation] p').first().textContent()).toBe(expected[0])
    expect(await page.getByRole('button', { name: 'Deploy this' }).count()).toBe(0)
    expect(await seriousViolations(page)).toEqual([])
    await page.getByRole('button', { name: /^Take latency <= / }).click()
    const text = await where().inputValue()
    expect(await explanation().textContent()).toBe(answer(text).explanation[0])
    expect(answer(text).selection.chosen!.candidate.id).toBe(infeasible!.loosen[0]!.gives.candidate.id)
  })

  it('says what is wrong with a query and keeps the last good one', async () => {
    await where().fill('latency <= 3 ms')
    await where().fill('latency <= 3 parsecs')
    expect(await page.getByRole('alert').textContent()).toContain('"3 parsecs" is no latency')
    expect(await where().getAttribute('aria-invalid')).toBe('true')
    expect(await explanation().textContent()).toBe(answer('latency <= 3 ms').explanation[0])
    await where().fill('loss <= 5 points')
    expect(await page.getByRole('alert').count()).toBe(0)
  })

  it('remembers limits over a reload', async () => {
    await where().fill('macs <= 5 M')
    await page.reload()
    await explanation().waitFor()
    expect(await where().inputValue()).toBe('macs <= 5 M')
    expect(await explanation().textContent()).toBe(answer('macs <= 5 M').explanation[0])
  })

  it('lets times of an emulated device choose only where the user says so', async () => {
    await goTo(page, `select/${emulated.run.id}`)
    await page
      .locator('.refused', { hasText: /^No candidate can be chosen: "has measured or modelled times"/ })
      .waitFor()
    await page.getByLabel(/^Let times of the emulated device choose/).check()
    expect(await explanation().textContent()).toBe(answer('loss <= 5 points').explanation[0])
  })

  it('fits the window at twice the zoom, without anything serious for axe', async () => {
    await page.setViewportSize({ width: 640, height: 400 })
    await expect
      .poll(() => page.locator('main').evaluate((main) => main.scrollWidth - main.clientWidth), { timeout: 10_000 })
      .toBe(0)
    expect(await seriousViolations(page)).toEqual([])
    await page.setViewportSize({ width: 1280, height: 800 })
  })
})
