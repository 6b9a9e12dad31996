import { join } from 'node:path'
import type { Page } from 'playwright'
import { beforeAll, expect, it } from 'vitest'
import { drawnFrom, paperFigures } from '#common/charts/papers/catalogue.ts'
import { transmissionMs } from '#common/latency/transmission.ts'
import { fixtureFrameworks } from '../fixtures/frameworks.ts'
import { writeFeatures } from '../support/checkFeatures.ts'
import { seriousViolations } from './support/axe.ts'
import { exported, goTo, parseCsv } from './support/pages.ts'
import { describeWindow } from './support/window.ts'
import { storeRun } from './support/workspace.ts'

const comparison = fixtureFrameworks()
const drawn = Object.keys(paperFigures).flatMap((name) => drawnFrom(comparison, name) ?? [])

/** The run with the features of its candidates: those of pruned networks lie a unit further. */
async function prepare(workspace: string): Promise<void> {
  await storeRun(workspace, comparison)
  const folder = join(workspace, 'splitbench-runs', comparison.run.id)
  for (const candidate of comparison.candidates) {
    if (candidate.codec === 'float32') writeFeatures(folder, candidate, Float32Array.from([1, 1, 2, 2]))
    if (candidate.codec === 'uint8') writeFeatures(folder, candidate, Uint8Array.from([2, 2, 4, 4]))
  }
}

describeWindow('figures of the papers', { prepare }, (bench) => {
  let page: Page

  beforeAll(async () => {
    ;({ page } = bench)
    await goTo(page, `compare/run/${comparison.run.id}`)
    await page.locator('[data-headline]').waitFor()
  })

  it('are looked for when they are scrolled to, and are those that the run can be drawn as', async () => {
    const section = page.locator('[data-paper-figures]')
    await section.waitFor({ state: 'attached' })
    expect(await page.locator('[data-figure]').count()).toBe(0)
    await section.scrollIntoViewIfNeeded()
    await expect.poll(() => section.getAttribute('aria-busy'), { timeout: 15_000 }).toBe('false')
    const names = await page
      .locator('[data-figure]')
      .evaluateAll((all) => all.map((one) => one.getAttribute('data-figure')))
    expect(names).toEqual([...drawn.map(({ name }) => name), 'safbmp-2023-fig3'])
    expect(names).not.toContain('qcnn-2016')
  })

  it('hold the exact numbers, the published ones with their source', async () => {
    const figure = page.locator('[data-figure="safbmp-2023-fig9"]')
    await figure.scrollIntoViewIfNeeded()
    await figure.locator('canvas').waitFor()
    const of = 'SAFBMP 2023, Figure 9: Latency at low rates'
    const rows = parseCsv(String(await exported(page, of, 'CSV')))
    // At 0.1 Mbit/s the 32 B behind pool4 beat the 128 B behind pool2: 1 ms on the device, 0.1 ms on the server.
    const safbmp = rows.find(({ framework, rate_mbit_per_s: rate }) => framework === 'safbmp' && rate === '0.1')!
    const { rttMs } = comparison.link
    expect(Number(safbmp.end_to_end_ms_mean)).toBeCloseTo(
      1 + transmissionMs(32 + 16, { rateMbps: 0.1, rttMs }) + 0.1,
      9,
    )
    expect(
      rows.find(({ framework, source }) => framework === 'safbmp' && source?.includes('published: SAFBMP')),
    ).toMatchObject({ rate_mbit_per_s: '1', end_to_end_ms_mean: '11.34' })
    const picture = String(await exported(page, of, 'SVG'))
    expect(picture).toContain('Hollow: published: SAFBMP, Table 2')
    expect(picture).toMatch(/width="980" height="640"/)
  })

  it("have the features of the run's candidates, which no record holds", async () => {
    await page.locator('[data-figure="safbmp-2023-fig3"]').scrollIntoViewIfNeeded()
    const of = 'SAFBMP 2023, Figure 3: Features before and after pruning'
    const lines = String(await exported(page, of, 'CSV')).split('\r\n')
    expect(lines.find((line) => line.includes(',unpruned,'))).toMatch(/^\w+,unpruned,1\.5,0\.5,0,,1,/)
    // 2, 2, 3, 3 instead of 1, 1, 2, 2: a whole unit, which is two standard deviations.
    expect(lines.find((line) => line.includes('"two-step, step 1"'))).toMatch(
      /^\w+,"two-step, step 1",2\.5,0\.5,0,2,1,/,
    )
  })

  it('stay whole where the window is narrow, and nothing in them is serious for axe', async () => {
    await page.setViewportSize({ width: 900, height: 800 })
    const place = page.locator('[data-chart="safbmp-2023-fig9"]')
    await expect.poll(async () => Math.round((await place.boundingBox())!.width)).toBeLessThan(752)
    const { width, height } = (await place.boundingBox())!
    expect(width / height).toBeCloseTo(980 / 640, 2)
    expect(await seriousViolations(page)).toEqual([])
    await page.setViewportSize({ width: 1280, height: 800 })
  })
})
