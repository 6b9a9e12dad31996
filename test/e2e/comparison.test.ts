import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Comparison } from '#common/contract/result.ts'
import { seriousViolations } from './support/axe.ts'
import { describeHost } from './support/describe.ts'
import type { Hosts } from './support/host.ts'
import { openHosts, repository } from './support/host.ts'
import { goTo, readTable, startToy, waitForProgress, waitForState } from './support/pages.ts'
import { newWorkspace, readRun } from './support/workspace.ts'

/** Of a run, what the same seed must give again: everything but times. */
const outcome = ({ candidates, baseline }: Comparison) => ({
  baseline: baseline.weightsHash,
  candidates: candidates.map(({ framework, step, partitionPoint, codec, accuracy, payloadBytes, hashes }) => ({
    framework,
    step,
    partitionPoint,
    codec,
    accuracy,
    payloadBytes,
    weights: hashes.weights,
  })),
})

describeHost('a comparison', () => {
  let hosts: Hosts
  let whole: Comparison

  beforeAll(async () => {
    hosts = await openHosts()
  })
  afterAll(() => hosts?.close())

  const resultRun = async (page: Page): Promise<string> => {
    await page.locator('[data-headline]').waitFor({ timeout: 240_000 })
    return decodeURIComponent(page.url().split('/').at(-1)!)
  }

  it('goes from an empty workspace to a result, and a reload in the middle loses nothing', async () => {
    const workspace = newWorkspace()
    const workbench = await hosts.open(workspace)
    const { page } = workbench
    try {
      await goTo(page, 'runs')
      await page.getByText('No finished run in this workspace yet').waitFor()
      await startToy(page)
      await waitForProgress(page, /Step 1|Exporting/)
      expect(await seriousViolations(page)).toEqual([])
      const before = await page.locator('[role="log"] p').allTextContents()
      await page.reload()
      await waitForState(page, 'Running')
      await expect
        .poll(async () => (await page.locator('[role="log"] p').allTextContents()).slice(0, before.length))
        .toEqual(before)
      await page.locator('[data-chart="baseline-accuracy"] canvas').waitFor()
      const run = await resultRun(page)
      whole = readRun(workspace, run)
      expect((await readTable(page, 'candidates')).size).toBe(whole.candidates.length)
      await goTo(page, 'runs')
      await page.locator(`tr[data-row="${run}"]`).waitFor()
    } finally {
      await workbench.close()
    }
  })

  it('is cancelled, resumed, survives the death of the desktop process, and gives the same result', async () => {
    const workspace = newWorkspace()
    let workbench = await hosts.open(workspace)
    try {
      await startToy(workbench.page)
      await waitForProgress(workbench.page, /Training the baseline/)
      await workbench.page.locator('[data-job]').getByRole('button', { name: 'Cancel' }).click()
      await waitForState(workbench.page, 'Cancelled')
      await workbench.page.locator('[data-job]').getByRole('button', { name: 'Resume' }).click()
      await waitForProgress(workbench.page, /Step 1|Exporting/)
      await workbench.kill()
      await workbench.page.getByText('The desktop process cannot be reached').waitFor()
      await workbench.page.close()

      workbench = await hosts.open(workspace)
      const { page } = workbench
      const job = page.locator('[data-job][data-state="interrupted"]')
      await job.waitFor()
      await job.getByRole('button', { name: 'Resume' }).click()
      const resumed = readRun(workspace, await resultRun(page))
      expect(resumed.run.resumed).toBeGreaterThan(0)
      expect(outcome(resumed)).toEqual(outcome(whole))
    } finally {
      await workbench.close()
    }
  })

  it('that the terminal began is watched and cancelled in the window', async () => {
    const workspace = newWorkspace()
    const workbench = await hosts.open(workspace)
    const { page } = workbench
    const terminal = spawn(
      process.execPath,
      [join(repository, 'out', 'main', 'cli.js'), 'compare', '--profile', 'toy'],
      {
        cwd: workspace,
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    )
    const ended = once(terminal, 'exit')
    try {
      const job = page.locator('[data-job][data-state="running"]')
      await job.waitFor()
      await job.getByRole('link').click()
      await waitForProgress(page, /Training the baseline/)
      await page.locator('[role="log"] p', { hasText: 'Trainer:' }).waitFor()
      await page.locator('[data-job]').getByRole('button', { name: 'Cancel' }).click()
      await waitForState(page, 'Cancelled')
      expect((await ended)[0]).toBe(130)
    } finally {
      terminal.kill()
      await workbench.close()
    }
  })
})
