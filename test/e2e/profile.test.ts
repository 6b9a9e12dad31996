import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { beforeAll, expect, it } from 'vitest'
import { modelProfileSchema } from '#common/contract/modelProfile.ts'
import { bestCut, cutOverLink } from '#common/latency/cutRates.ts'
import { formatBytes, formatMacs, formatMs } from '#common/units.ts'
import { fixtureProfile } from '../fixtures/modelProfile.ts'
import { smallNetwork } from '../support/smallNetwork.ts'
import { exported, goTo, parseCsv, readTable, waitForProgress, waitForState } from './support/pages.ts'
import { describeWindow } from './support/window.ts'
import { storeProfile } from './support/workspace.ts'

const profile = fixtureProfile()
const { id } = profile.run
/** On a busy computer. */
const patient = { timeout: 30_000 }

describeWindow('a profile', { prepare: (workspace) => storeProfile(workspace, profile) }, (bench) => {
  let page: Page

  let workspace: string

  beforeAll(() => {
    ;({ page, workspace } = bench)
  })

  it('is listed among the runs and opened from there', async () => {
    await goTo(page, 'runs')
    await page.locator(`[data-row="${id}"]`).waitFor()
    const row = (await readTable(page, 'runs')).get(id)
    expect(row).toMatchObject({ verb: 'profile', network: 'network.onnx', link: '10,8' })
    // What does not fit waits under Columns, and is in files all the same.
    expect(String(await exported(page, 'Runs', 'CSV')).split('\r\n')[0]).toContain('candidates')
    await page.locator('details.columns summary').first().click()
    await page.getByRole('checkbox', { name: 'Cand.' }).check()
    expect((await readTable(page, 'runs')).get(id)).toMatchObject({ candidates: '6' })
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: `Open ${id}` }).click()
    await page.getByRole('heading', { level: 1, name: 'Profile of network.onnx' }).waitFor()
  })

  it('shows the exact numbers of the stored run', async () => {
    await goTo(page, `profile/run/${id}`)
    await page.locator('table[data-table="cuts"] tbody tr').first().waitFor()
    const cuts = await readTable(page, 'cuts')
    expect(cuts.size).toBe(profile.cuts.length)
    for (const cut of profile.cuts) {
      expect(cuts.get(cut.point)).toEqual({
        point: cut.point,
        shape: cut.shape.join('×'),
        payload: formatBytes(cut.payloadBytes),
        uint8: formatBytes(cut.uint8Bytes),
        macs: formatMacs(cut.headMacs),
        parameters: formatMacs(cut.headParameters),
        device: formatMs(cut.deviceMs.median),
        server: formatMs(cut.serverMs.median),
        total: formatMs(cut.byLink['10,8']!.float32.endToEnd.composedMs),
        totalUint8: formatMs(cut.byLink['10,8']!.uint8.endToEnd.composedMs),
      })
    }
    for (const { link, float32, uint8 } of profile.best) {
      const cells = await page.locator(`[data-link="${link.name}"] td`).allTextContents()
      expect(cells).toEqual([float32.point, formatMs(float32.composedMs), uint8.point, formatMs(uint8.composedMs)])
    }
    const layers = await readTable(page, 'profile-layers')
    expect(layers.get('stage1/relu')).toMatchObject({ macs: '302 M', cumulative: '420 M', parameters: '231 k' })
    const rows = parseCsv((await exported(page, 'Transmission and cumulative computation', 'CSV')).toString())
    expect(rows.map((row) => Number(row.head_macs))).toEqual(profile.cuts.map(({ headMacs }) => headMacs))
  })

  it('computes anew for another rate without asking anybody', async () => {
    await goTo(page, `profile/run/${id}`)
    const slider = page.locator('input[data-rate]')
    await slider.waitFor()
    for (const rateMbps of [1, 100]) {
      await slider.fill(String(Math.log10(rateMbps)))
      const link = { rateMbps, rttMs: 8 }
      for (const form of ['float32', 'uint8'] as const) {
        const { cut, composedMs } = bestCut(profile.cuts, link, form)
        const shown = page.locator(`[data-bests] [data-form="${form}"]`)
        await shown.locator('strong', { hasText: cut.point }).waitFor()
        expect(await shown.locator('.ms').textContent()).toBe(formatMs(composedMs))
      }
      const total = (await readTable(page, 'cuts')).get('stage2/relu')!.total
      const cut = profile.cuts.find(({ point }) => point === 'stage2/relu')!
      expect(total).toBe(formatMs(cutOverLink(cut, link, 'float32').endToEnd.composedMs))
    }
    // The two rates have different answers, or this would show nothing.
    const best = (rateMbps: number) => bestCut(profile.cuts, { rateMbps, rttMs: 8 }, 'float32').cut.point
    expect(best(1)).not.toBe(best(100))
  })

  it('is made of a file that is chosen, and shows what it found', async () => {
    const file = join(workspace, 'chosen.onnx')
    writeFileSync(file, smallNetwork())
    await goTo(page, 'profile')
    await page.locator('input[type="file"]').setInputFiles(file)
    await expect.poll(() => page.locator('[data-model]').inputValue(), patient).toMatch(/chosen\.onnx$/)
    await page.getByText('More settings').click()
    await page.getByLabel('Input').fill('64')
    await page.getByLabel('Time per file').fill('0.05')
    await page.getByRole('button', { name: 'Start profile' }).click()
    await expect.poll(() => page.locator('h1').textContent(), { timeout: 120_000 }).toBe('Profile of chosen.onnx')
    const folder = join(workspace, 'splitbench-runs')
    const run = readdirSync(folder).find((name) => name !== id && !name.startsWith('.'))!
    const stored = modelProfileSchema.parse(JSON.parse(readFileSync(join(folder, run, 'profile.json'), 'utf8')))
    await page.locator('table[data-table="cuts"] tbody tr').first().waitFor()
    const cuts = await readTable(page, 'cuts')
    expect([...cuts.keys()]).toEqual(stored.cuts.map(({ point }) => point))
    for (const cut of stored.cuts) expect(cuts.get(cut.point)!.device).toBe(formatMs(cut.deviceMs.median))
  })

  it('is cancelled', async () => {
    await goTo(page, 'profile')
    await page.getByText('More settings').click()
    await page.getByLabel('Time per file').fill('60')
    await page.getByRole('button', { name: 'Start profile' }).click()
    await waitForProgress(page, /round 1 of/)
    await page.locator('main').getByRole('button', { name: 'Cancel' }).click()
    await waitForState(page, 'Cancelled')
  })

  it('says what is wrong with a model', async () => {
    const file = join(workspace, 'broken.onnx')
    writeFileSync(file, 'no model')
    await goTo(page, 'profile')
    await page.locator('input[type="file"]').setInputFiles(file)
    await expect.poll(() => page.locator('[data-model]').inputValue(), patient).toMatch(/broken\.onnx$/)
    await page.getByRole('button', { name: 'Start profile' }).click()
    await page.locator('main').getByText('This is no readable ONNX file').first().waitFor()
  })
})
