import type { Page } from 'playwright'
import { beforeAll, expect, it } from 'vitest'
import { bestCutBars } from '#common/charts/latencyBars.ts'
import { parseLink } from '#common/latency/links.ts'
import { transmissionMs } from '#common/latency/transmission.ts'
import { formatBytes, formatCompute, formatMs, formatPercent } from '#common/units.ts'
import { fixtureComparison } from '../fixtures/comparison.ts'
import { exported, goTo, parseCsv, readTable } from './support/pages.ts'
import { describeWindow } from './support/window.ts'
import { storeRun } from './support/workspace.ts'

const comparison = fixtureComparison()
const { id } = comparison.run

describeWindow('a stored run', { prepare: (workspace) => storeRun(workspace, comparison) }, (bench) => {
  let page: Page

  beforeAll(() => {
    ;({ page } = bench)
  })

  it('is listed and opened', async () => {
    await goTo(page, 'runs')
    await page.getByRole('button', { name: `Open ${id}` }).click()
    await page.locator('[data-headline]').waitFor()
    expect(await page.locator('h1').textContent()).toContain('vgg16 at width 0.25')
  })

  it('shows the exact numbers of every candidate in the table', async () => {
    await goTo(page, `compare/run/${id}`)
    await page.locator('table[data-table="candidates"] tbody tr').first().waitFor()
    const shown = await readTable(page, 'candidates')
    expect(shown.size).toBe(comparison.candidates.length)
    for (const candidate of comparison.candidates) {
      expect(shown.get(candidate.id)).toMatchObject({
        point: candidate.partitionPoint,
        codec: candidate.codec,
        accuracy: formatPercent(candidate.accuracy),
        payload: formatBytes(candidate.payloadBytes),
        headMacs: formatCompute(candidate.headMacs),
        device: formatMs(candidate.deviceMs!.median),
        transmission: formatMs(candidate.transmissionMs),
        server: formatMs(candidate.serverMs!.median),
        endToEnd: formatMs(candidate.endToEnd!.composedMs),
      })
    }
  })

  it('exports table and charts with full precision', async () => {
    const table = parseCsv(String(await exported(page, 'Candidates', 'CSV')))
    expect(table.map(({ end_to_end_composed_ms }) => Number(end_to_end_composed_ms)).sort()).toEqual(
      comparison.candidates.map(({ endToEnd }) => endToEnd!.composedMs).sort(),
    )
    const bars = parseCsv(String(await exported(page, 'Best cut of each framework', 'CSV')))
    expect(
      bars.map((bar) => [
        bar.partition_point,
        ...['device_ms', 'transmission_ms', 'server_ms'].map((part) => Number(bar[part])),
      ]),
    ).toEqual(
      bestCutBars(comparison, 'wifi').map(({ point, endToEnd }) => [
        point,
        endToEnd!.parts.device,
        endToEnd!.parts.transmission,
        endToEnd!.parts.server,
      ]),
    )
    const picture = String(await exported(page, 'Best cut of each framework', 'SVG'))
    for (const { point, endToEnd } of bestCutBars(comparison, 'wifi')) {
      expect(picture).toContain(`${point}: ${formatMs(endToEnd!.composedMs)}`)
    }
    const png = await exported(page, 'Best cut of each framework', 'PNG')
    expect(png.subarray(1, 4).toString()).toBe('PNG')
    const chart = await page.locator('[data-chart="best-cuts"]').boundingBox()
    expect(png.readUInt32BE(16)).toBe(Math.round(chart!.width) * 2)
    expect((await exported(page, 'Candidates', 'PNG')).subarray(1, 4).toString()).toBe('PNG')
    expect(String(await exported(page, 'Candidates', 'SVG'))).toContain('<svg')
  })

  it('sorts by keyboard, and pins another baseline that deltas refer to', async () => {
    const header = page.locator('table[data-table="candidates"] th', { hasText: 'Accuracy' })
    await header.getByRole('button').focus()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    expect(await header.getAttribute('aria-sort')).toBe('descending')
    const best = comparison.candidates.find(
      ({ framework, step, partitionPoint }) =>
        framework === 'two-step' && step === 'step1' && partitionPoint === 'pool3',
    )!
    const row = page.locator(`tr[data-row="${best.id}"]`)
    await row.getByRole('button').focus()
    await page.keyboard.press('Space')
    const first = page.locator('table[data-table="candidates"] tbody tr').first()
    await expect.poll(() => first.getAttribute('data-row')).toBe(best.id)
    expect(await first.locator('[data-column="delta"]').textContent()).toContain('baseline')
    await page.reload()
    await expect
      .poll(() => page.locator('table[data-table="candidates"] tbody tr').first().getAttribute('data-row'), {
        timeout: 15_000,
      })
      .toBe(best.id)
  })

  it('recomputes every cut when a slider moves, without a round trip', async () => {
    await goTo(page, `layers/${id}`)
    await page.locator('[data-chart="end-to-end-by-cut"]').waitFor()
    const frames: string[] = []
    page.on('websocket', (socket) => socket.on('framesent', () => frames.push('sent')))
    const slider = page.getByLabel('Link rate')
    await slider.focus()
    await page.keyboard.press('Home')
    const rows = parseCsv(String(await exported(page, 'End to end by cut', 'CSV')))
    const link = { rateMbps: 0.1, rttMs: null }
    const candidate = comparison.candidates.find(
      ({ framework, step, partitionPoint }) =>
        framework === 'two-step' && step === 'step2' && partitionPoint === 'pool4',
    )!
    const row = rows.find(({ series, partition_point }) => series?.includes('step 2') && partition_point === 'pool4')!
    const sending = transmissionMs(candidate.payloadBytes + candidate.headerBytes, link)
    expect(Number(row.transmission_ms)).toBe(sending)
    expect(Number(row.end_to_end_composed_ms)).toBe(candidate.deviceMs!.median + sending + candidate.serverMs!.median)
    expect(frames).toEqual([])
    await page.getByRole('button', { name: '4g' }).click()
    const layers = await readTable(page, 'layers')
    const conv1 = comparison.layers[0]!.rows.find(({ point }) => point === 'conv1')!
    expect(layers.get('conv1')!['sending-original']).toBe(formatMs(transmissionMs(conv1.elements, parseLink('4g'))))
  })

  it('shows the report in a frame that cannot touch the page', async () => {
    await goTo(page, `runs/report/${id}`)
    const frame = page.locator('iframe')
    expect(await frame.getAttribute('sandbox')).toBe('allow-scripts')
    await page.frameLocator('iframe').locator('h1').waitFor()
  })

  it('is deleted only after a question', async () => {
    await goTo(page, 'runs')
    await page.getByRole('button', { name: `Delete ${id}` }).click()
    await page.keyboard.press('Escape')
    await page.getByRole('alertdialog').waitFor({ state: 'detached' })
    expect(await page.locator(`tr[data-row="${id}"]`).count()).toBe(1)
    await page.getByRole('button', { name: `Delete ${id}` }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('No finished run in this workspace yet').waitFor()
  })
})
