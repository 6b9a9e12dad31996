import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from 'playwright'
import { beforeAll, expect, it } from 'vitest'
import type { JobEvent } from '#common/contract/job.ts'
import { formatMacs, formatPercent } from '#common/units.ts'
import { seriousViolations } from './support/axe.ts'
import { repository } from './support/host.ts'
import { exported, goTo, parseCsv, waitForState } from './support/pages.ts'
import { describeWindow } from './support/window.ts'

const run = promisify(execFile)

describeWindow('training and pruning in the window', {}, (bench) => {
  let page: Page
  let trained: string
  let pruned: string

  let workspace: string

  beforeAll(() => {
    ;({ page, workspace } = bench)
  })

  const runs = (): string[] => {
    try {
      return readdirSync(join(workspace, 'splitbench-runs')).filter((name) => /^\d{8}-/.test(name))
    } catch {
      return []
    }
  }
  const stored = (name: string, file: string) =>
    JSON.parse(readFileSync(join(workspace, 'splitbench-runs', name, file), 'utf8'))
  const events = (name: string): JobEvent[] =>
    readFileSync(join(workspace, 'splitbench-runs', name, 'events.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  const splitbench = (...args: string[]) =>
    run(process.execPath, [join(repository, 'out', 'main', 'cli.js'), ...args], { cwd: workspace })
  const fill = async (form: string, values: Record<string, string>): Promise<void> => {
    for (const [label, value] of Object.entries(values)) {
      await page.getByRole('form', { name: form }).getByLabel(label).fill(value)
    }
  }

  it('names what is wrong with a field, and starts nothing', async () => {
    await goTo(page, 'train')
    await page.getByText('No trained model in this workspace yet').waitFor()
    await fill('Train', { Width: '0' })
    await page.getByText('Width: enter a number above 0').waitFor()
    expect(await page.getByRole('button', { name: 'Start training' }).isDisabled()).toBe(true)
  })

  it('is paused from the page, seen in the terminal, resumed, and shows its curves after a reload', async () => {
    await fill('Train', { Width: '0.25', Epochs: '6', 'Training images': '256', 'Test images': '100' })
    await page.getByRole('form', { name: 'Train' }).getByLabel('Batch size').fill('32')
    await page.getByRole('button', { name: 'Start training' }).click()
    await page.locator('[data-chart="loss"] canvas').waitFor({ timeout: 60_000 })
    await page.locator('[data-progress]', { hasText: /Training the baseline · [1-9]/ }).waitFor({ timeout: 60_000 })
    await page.getByRole('button', { name: 'Pause' }).click()
    await waitForState(page, 'Paused')
    const { stdout } = await splitbench('jobs', 'list', '--json')
    const { jobs } = JSON.parse(stdout)
    expect(jobs).toHaveLength(1)
    expect(jobs[0]).toMatchObject({ verb: 'train', state: 'cancelled', resumable: true })
    await page.locator('main').getByRole('button', { name: 'Resume' }).click()
    await waitForState(page, 'Running')
    await page.reload()
    await page.locator('[data-model-result]').waitFor({ timeout: 120_000 })
    ;[trained] = runs() as [string]
    const { curve } = stored(trained, 'train.json')
    const rows = parseCsv(String(await exported(page, 'Loss', 'CSV')))
    expect(rows.map(({ epoch, cross_entropy }) => [Number(epoch), Number(cross_entropy)])).toEqual(
      curve.map((point: { epoch: number; loss: number }) => [point.epoch, point.loss]),
    )
    expect(curve).toHaveLength(6)
    const rates = parseCsv(String(await exported(page, 'Learning rate', 'CSV')))
    const last = events(trained).findLast((event) => event.kind === 'metric' && event.metric.stage === 'baseline/steps')
    expect(Number(rates.at(-1)!.rate)).toBe(last?.kind === 'metric' ? last.metric.values.rate : 'none')
  })

  it('shows the exact accuracy and MACs of the stored model, and how to do it again', async () => {
    const result = stored(trained, 'train.json')
    expect(await page.locator('[data-model-result] [data-fact="Accuracy"]').textContent()).toBe(
      formatPercent(result.accuracy),
    )
    expect(await page.locator('[data-model-result] [data-fact="MACs"]').textContent()).toBe(formatMacs(result.macs))
    await page.getByText('How to do this again').click()
    expect(await page.locator('[data-reproduce] [data-fact="Weights"]').textContent()).toBe(result.weightsHash)
    expect(await page.locator('[data-reproduce] [data-fact="Command"]').textContent()).toContain(
      'train --data synthetic',
    )
    expect(await seriousViolations(page)).toEqual([])
  })

  it('prunes the model: channels left, scores and feature distributions are those of the stored run', async () => {
    await page.getByRole('button', { name: 'Prune this model' }).click()
    await fill('Prune', { 'MACs to keep': '70', 'Largest accuracy loss': '100' })
    await page.getByText(/Layers that keep all channels/).click()
    await page.getByLabel('conv1 (').check()
    await page.getByRole('button', { name: 'Start pruning' }).click()
    await page.locator('[data-model-result] [data-fact="Parameters"]').waitFor({ timeout: 240_000 })
    pruned = runs().find((name) => name !== trained)!
    const result = stored(pruned, 'prune.json')
    expect(result.macShare).toBeLessThanOrEqual(0.7)
    const heat = parseCsv(String(await exported(page, 'Channels left per layer', 'CSV')))
    const tries = events(pruned).flatMap((event) =>
      event.kind === 'metric' && event.metric.stage === 'prune' ? [event.metric] : [],
    )
    for (const { step, values } of tries) {
      for (const [key, channels] of Object.entries(values)) {
        if (!key.startsWith('filters/')) continue
        const cell = heat.find(({ iteration, layer }) => Number(iteration) === step && `filters/${layer}` === key)
        expect(Number(cell?.channels), `${key} in iteration ${step}`).toBe(channels)
      }
    }
    expect(
      heat.filter(({ layer }) => layer === 'conv1').every(({ share_left_fraction }) => share_left_fraction === '1'),
    ).toBe(true)
    const scores = parseCsv(String(await exported(page, 'Criterion scores per layer', 'CSV')))
    expect(scores.map(({ layer }) => layer)).toEqual(
      heat.filter(({ iteration, layer }) => iteration === '0' && layer !== 'conv1').map(({ layer }) => layer),
    )
    await page.getByLabel('Layer', { exact: true }).selectOption('conv13')
    const features = parseCsv(String(await exported(page, 'Feature distribution before and after', 'CSV')))
    for (const side of ['before_share_fraction', 'after_share_fraction']) {
      expect(features.reduce((sum, row) => sum + Number(row[side]), 0)).toBeCloseTo(1, 6)
    }
    expect(await seriousViolations(page)).toEqual([])
  })

  it('lists both models, and the terminal cannot stop what has ended', async () => {
    await goTo(page, 'train')
    await page.locator(`[data-recent-run="${trained}"]`).waitFor()
    await page.locator(`[data-recent-run="${pruned}"]`).waitFor()
    await expect(splitbench('jobs', 'cancel', 'nothing-of-that-name')).rejects.toMatchObject({ code: 2 })
    await goTo(page, 'overview')
    await page.locator(`[data-recent] [data-run="${pruned}"]`).waitFor()
  })
})
