import { expect, it } from 'vitest'
import { startToy, waitForProgress, waitForState } from '../support/pages.ts'
import { describeWindow } from '../support/window.ts'

describeWindow('9: every long action is a job with state, progress in its unit, time, log and Cancel', {}, (bench) => {
  it('in the tray of every page; Cancel is answered at once and ends its process', async () => {
    const { page } = bench
    await startToy(page)
    await waitForProgress(page, /Training the baseline · [\d.]+\/2 epochs/)
    const job = page.locator('[data-job]')
    expect(await job.textContent()).toMatch(/epochs/)
    expect(await job.locator('.time').textContent()).toMatch(/\d+ (s|min)/)
    expect(await job.getByRole('progressbar').getAttribute('aria-valuenow')).toMatch(/^\d+$/)
    await page.locator('[role="log"] p').first().waitFor()
    // On every page, not only on its own.
    await page.keyboard.press('Alt+1')
    await expect.poll(() => page.locator('h1').textContent()).toBe('Overview')
    await job.getByRole('button', { name: 'Cancel' }).click()
    await page.locator('[data-job][data-state="cancelled"]').waitFor({ timeout: 10_000 })
    await job.getByRole('link').click()
    await waitForState(page, 'Cancelled')
    await job.getByRole('button', { name: 'Resume' }).waitFor()
  })
})
