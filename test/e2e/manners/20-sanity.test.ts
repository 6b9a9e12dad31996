import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Comparison } from '#common/contract/result.ts'
import { storeRunWithHeads } from '../../support/storedHeads.ts'
import { goTo } from '../support/pages.ts'
import { describeWindow } from '../support/window.ts'

let comparison: Comparison

describeWindow(
  '20: a head whose outputs are not those of the host is not timed',
  {
    async prepare(workspace) {
      comparison = await storeRunWithHeads(workspace)
      // Another network's answers: the last values of the stored reference are turned round.
      const file = join(workspace, 'splitbench-runs', comparison.run.id, comparison.candidates[0]!.files.check)
      const bytes = readFileSync(file)
      for (let at = 8 + Number(bytes.readBigUInt64LE(0)); at < bytes.length; at++) bytes[at]! ^= 0x55
      writeFileSync(file, bytes)
    },
  },
  (bench) => {
    it('and says so, with what to do', async () => {
      const { page, workspace } = bench
      await goTo(page, 'devices')
      await page.getByRole('button', { name: 'Use a simulated Pi' }).click()
      await page.getByRole('dialog').getByLabel('Name').fill('bench-pi')
      await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click()
      await page.getByRole('link', { name: 'Timing' }).click()
      await page.getByLabel(/^Time per head/).fill('0.2')
      await page.getByRole('button', { name: 'Time heads' }).click()
      await page
        .locator('[data-job][data-state="failed"], table[data-table="device-timing"]')
        .first()
        .waitFor({ timeout: 60_000 })
      const wrong = comparison.candidates[0]!.id
      const timings = readdirSync(join(workspace, 'splitbench-runs'))
        .filter((name) => /^\d{8}-/.test(name) && name !== comparison.run.id)
        .map((name) => JSON.parse(readFileSync(join(workspace, 'splitbench-runs', name, 'timing.json'), 'utf8')))
      for (const timing of timings) expect(timing.heads.map(({ id }: { id: string }) => id)).not.toContain(wrong)
      const text =
        (await page.locator('main').textContent()) + ((await page.locator('[data-job]').first().textContent()) ?? '')
      expect(text).toMatch(/check|differ|tolerance|not those|does not match/i)
    })
  },
)
