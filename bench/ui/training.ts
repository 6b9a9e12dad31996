import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright'
import type { JobEvent } from '#common/contract/job.ts'
import { thisProcess } from '../../src/system/processes.ts'
import type { Hosts } from '../../test/e2e/support/host.ts'
import { goTo } from '../../test/e2e/support/pages.ts'
import { newWorkspace } from '../../test/e2e/support/workspace.ts'

type Unstamped<T> = T extends unknown ? Omit<T, 'at'> : never
export type Happening = Unstamped<JobEvent>

export interface Training {
  page: Page
  /** Appends to the run's events, as its trainer does. */
  tell(events: readonly Happening[]): void
  /** The same, and waits until the page shows the last of them. */
  happen(events: readonly Happening[]): Promise<void>
  close(): Promise<void>
}

const patience = { timeout: 120_000 }

/**
 * A training that this process works on, as far as the workbench can see: its events lie in its run's folder, and the
 * page shows it as it goes on.
 */
export async function openTraining(hosts: Hosts, begun: readonly Happening[]): Promise<Training> {
  const workspace = newWorkspace()
  const folder = join(workspace, 'splitbench-runs', '.running', 'bench')
  mkdirSync(folder, { recursive: true })
  const startedAt = new Date().toISOString()
  const command = 'splitbench train'
  writeFileSync(join(folder, 'owner.json'), JSON.stringify(thisProcess()))
  writeFileSync(
    join(folder, 'run.json'),
    JSON.stringify({
      ...{ protocol: 1, id: 'bench', verb: 'train', configHash: '', command, startedAt },
      ...{ workedS: 0, resumed: 0, config: {} },
    }),
  )
  let marks = 0
  const append = (events: readonly Happening[]): string => {
    const mark = `mark ${++marks}.`
    const stamped = [...events, { kind: 'log', level: 'info', text: mark }].map((event) => ({
      ...event,
      at: new Date().toISOString(),
    }))
    appendFileSync(join(folder, 'events.jsonl'), stamped.map((event) => `${JSON.stringify(event)}\n`).join(''))
    return mark
  }
  const first = append([{ kind: 'queued', title: 'Train', command }, { kind: 'started', pid: process.pid }, ...begun])
  const { page, close } = await hosts.open(workspace)
  const shown = (mark: string): Promise<void> =>
    page.locator('[role="log"] p', { hasText: mark }).waitFor({ ...patience, state: 'attached' })
  await page.locator('main h1').waitFor()
  await goTo(page, 'train/job/run-bench')
  await shown(first)
  await page.locator('[data-chart="step-loss"] canvas').first().waitFor(patience)
  return { page, tell: (events) => void append(events), happen: (events) => shown(append(events)), close }
}

/** A point of the curve of single steps. */
export const stepPoint = (step: number): Happening => ({
  kind: 'metric',
  metric: {
    stage: 'baseline/steps',
    step,
    values: {
      loss: 2 * Math.exp(-step / 30_000) + 0.2 * Math.sin(step * 12.9898),
      rate: 0.05 * Math.exp(-step / 50_000),
    },
  },
})
