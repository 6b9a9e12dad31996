import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { goTo } from '../support/pages.ts'
import { describeWindow } from '../support/window.ts'

describeWindow(
  '11: a crash loses nothing: the job is interrupted, and Resume goes on from its checkpoint',
  {},
  (bench) => {
    it('and ends with what an undisturbed one would have', async () => {
      const { page, workspace, hosts } = bench
      await goTo(page, 'train')
      const form = page.getByRole('form', { name: 'Train' })
      for (const [label, value] of [
        ['Epochs', '8'],
        ['Batch size', '32'],
        ['Training images', '256'],
        ['Test images', '100'],
      ] as const) {
        await form.getByLabel(label).fill(value)
      }
      await page.getByRole('button', { name: 'Start training' }).click()
      await page.locator('[data-progress]', { hasText: /· [2-6](\.\d+)?\/8 epochs/ }).waitFor({ timeout: 120_000 })
      await bench.workbench.kill()
      await page.getByText('The desktop process cannot be reached').waitFor()
      await page.close()

      bench.workbench = await hosts.open(workspace)
      bench.page = bench.workbench.page
      const next = bench.page.locator('[data-next]')
      await next.getByText('was interrupted').waitFor()
      await bench.page.locator('[data-job][data-state="interrupted"]').waitFor()
      await next.getByRole('button', { name: 'Resume' }).click()
      await bench.page.locator('[data-model-result]').waitFor({ timeout: 180_000 })
      const [run] = readdirSync(join(workspace, 'splitbench-runs')).filter((name) => /^\d{8}-/.test(name))
      const stored = (file: string) => JSON.parse(readFileSync(join(workspace, 'splitbench-runs', run!, file), 'utf8'))
      expect(stored('run.json').resumed).toBe(1)
      expect(stored('train.json').curve.map(({ epoch }: { epoch: number }) => epoch)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
      // The epochs before the crash were not computed again.
      const started = readFileSync(join(workspace, 'splitbench-runs', run!, 'events.jsonl'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
      const resumedAt = started.findIndex(({ kind }) => kind === 'resumed')
      const epochs = started
        .slice(resumedAt)
        .flatMap((event) => (event.kind === 'metric' && event.metric.stage === 'baseline' ? [event.metric.step] : []))
      expect(Math.min(...epochs)).toBeGreaterThan(1)
    })
  },
)
