import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Comparison } from '#common/contract/result.ts'
import { storeRunWithHeads } from '../../support/storedHeads.ts'
import { goTo } from '../support/pages.ts'
import { describeWindow } from '../support/window.ts'

let comparison: Comparison
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

// Rate, broken lines and half files of real uploads: test/hardware and test/faults.
describeWindow(
  '10: what is pushed is verified by its hash, and what is there already is not sent again',
  {
    async prepare(workspace) {
      comparison = await storeRunWithHeads(workspace)
    },
    environment: (workspace) => ({ XDG_CACHE_HOME: join(workspace, 'cache') }),
  },
  (bench) => {
    const store = (): string => join(bench.workspace, 'cache', 'splitbench', 'agent')
    const stored = () =>
      readdirSync(store(), { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => ({ name, mtimeMs: statSync(join(store(), name)).mtimeMs }))
    const push = async (): Promise<void> => {
      const before = await bench.page
        .locator('[data-job]')
        .evaluateAll((jobs) => jobs.map((job) => job.getAttribute('data-job')))
      await bench.page.getByRole('button', { name: 'Push heads' }).click()
      const finished = () =>
        bench.page
          .locator('[data-job][data-state="finished"]')
          .evaluateAll((jobs) => jobs.map((job) => job.getAttribute('data-job')))
      await expect
        .poll(async () => (await finished()).some((job) => !before.includes(job)), { timeout: 30_000 })
        .toBe(true)
    }

    it('lies there under the hash of its content, whole, and is not sent a second time', async () => {
      const { page, workspace } = bench
      await goTo(page, 'devices')
      await page.getByRole('button', { name: 'Use this computer' }).click()
      await page.getByRole('dialog').getByLabel('Name').fill('here')
      await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click()
      await page.getByRole('link', { name: 'Timing' }).click()
      await push()
      const first = stored()
      for (const { name } of first) expect(sha256(readFileSync(join(store(), name)))).toBe(name)
      for (const { files } of comparison.candidates) {
        const head = readFileSync(join(workspace, 'splitbench-runs', comparison.run.id, files.head))
        expect(first.map(({ name }) => name)).toContain(sha256(head))
      }
      await push()
      expect(stored()).toEqual(first)
    })
  },
)
