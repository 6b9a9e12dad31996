import { expect, it } from 'vitest'
import { operators } from '#common/experiment/preprocessing.ts'
import { preprocessingFindings, preprocessingSpot } from '#common/experiment/preprocessingSummary.ts'
import { formatBytes, formatDuration, formatPercent } from '#common/units.ts'
import { fixturePreprocessing } from '../fixtures/preprocessing.ts'
import { exported, goTo, parseCsv, readTable, waitForState } from './support/pages.ts'
import { describeWindow } from './support/window.ts'
import { storeSweep } from './support/workspace.ts'

const stored = fixturePreprocessing()
const { id } = stored.run

describeWindow(
  'pre-processing at the edge in the window',
  { prepare: (workspace) => storeSweep(workspace, 'preprocess', stored) },
  (bench) => {
    it('is opened from the runs: accuracy, bytes and time of every operator with the numbers of its file', async () => {
      const { page } = bench
      await goTo(page, 'runs')
      await page.getByRole('button', { name: `Open ${id}` }).click()
      await page.locator('[data-chart="preprocess-accuracy"] canvas').first().waitFor()
      expect(await page.locator('[data-facts]').textContent()).toContain('9 of 9 trainings')
      const table = await readTable(page, 'preprocess')
      expect(table.size).toBe(9)
      for (const operator of stored.operators) {
        for (const images of stored.images) {
          const { accuracy, trainS, preparingS } = preprocessingSpot(stored, operator, images)!
          expect(table.get(`${operator}/${images}`)).toMatchObject({
            accuracy: formatPercent(accuracy),
            payload: formatBytes(operators[operator].bytes),
            training: formatDuration(trainS),
            preparing: formatDuration(preparingS),
          })
        }
      }
      const rows = parseCsv(String(await exported(page, 'Operators by training images', 'CSV')))
      expect(rows.map(({ accuracy_fraction_mean }) => Number(accuracy_fraction_mean))).toEqual(
        stored.operators.flatMap((operator) =>
          stored.images.map((images) => preprocessingSpot(stored, operator, images)!.accuracy),
        ),
      )
      const said = await page.locator('[data-findings] li').allTextContents()
      for (const [index, { claim, holds }] of preprocessingFindings(stored).entries()) {
        expect(said[index]).toContain(claim)
        expect(said[index]).toContain(holds ? 'holds' : 'does not hold')
      }
    })

    it('is begun from a form that says what it lacks and how long it takes; paused and resumed, it ends with a result', async () => {
      const { page } = bench
      await goTo(page, 'preprocess')
      const form = page.getByRole('form', { name: 'Pre-process' })
      await form.getByLabel('Training images').fill('some')
      await form.getByText('Training images: enter whole numbers').waitFor()
      expect(await form.getByRole('button', { name: 'Start', exact: true }).isDisabled()).toBe(true)
      await form.getByLabel('Training images').fill('300, 600, 9000')
      for (const name of ['raw', 'pool-2', 'median-pool-2', 'autoencoder-32']) {
        await form.locator(`input[value="${name}"]`).uncheck()
      }
      await form.getByText('More settings').click()
      await form.getByLabel('Test images').fill('100')
      await form.getByLabel('Batch size').fill('20')
      await expect.poll(() => form.locator('[data-plan]').textContent()).toMatch(/^6 trainings, about /)
      await form.getByRole('button', { name: 'Start', exact: true }).click()
      await page.locator('[data-chart="preprocess-training"] canvas').first().waitFor({ timeout: 90_000 })
      await page.getByRole('button', { name: 'Pause' }).click()
      await waitForState(page, 'Paused')
      await page.locator('main').getByRole('button', { name: 'Resume' }).click()
      await page.locator('[data-facts]', { hasText: '6 of 6 trainings' }).waitFor({ timeout: 120_000 })
      expect((await readTable(page, 'preprocess')).size).toBe(6)
      await goTo(page, 'preprocess')
      await page.getByRole('region', { name: 'Sweeps' }).getByRole('link').nth(1).waitFor()
    })
  },
)
