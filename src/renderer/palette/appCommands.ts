import type { JobSummary, RunSummary } from '#common/contract/workbench.ts'
import { isActive } from '../jobs/words.ts'
import type { PaletteCommand } from './matching.ts'

export interface AppActions {
  go(...place: string[]): void
  cancel(job: string): Promise<unknown>
  resume(job: JobSummary): Promise<unknown>
  theme(choice: 'system' | 'light' | 'dark'): Promise<unknown>
}

interface PageTitle {
  id: string
  title: string
}

const offeredRuns = 20

/** What can be done from everywhere: pages, jobs, runs, the theme. */
export function appCommands(
  pages: readonly PageTitle[],
  jobs: readonly JobSummary[],
  runs: readonly RunSummary[],
  { go, cancel, resume, theme }: AppActions,
): PaletteCommand[] {
  const comparisons = runs.filter(({ verb, problem }) => verb === 'compare' && problem === null).slice(0, offeredRuns)
  return [
    ...pages.map(({ id, title }, index) => ({
      id: `page ${id}`,
      group: 'Go to',
      title,
      ...(index < 9 && { keys: `Ctrl+${index + 1}` }),
      run: () => go(id),
    })),
    { id: 'guide', group: 'Guide', title: 'First comparison on a simulated Pi', run: () => go('overview', 'guide') },
    ...jobs
      .filter(({ resumable }) => resumable)
      .map((job) => ({ id: `resume ${job.id}`, group: 'Resume', title: job.title, run: () => resume(job) })),
    ...jobs
      .filter(({ state }) => isActive(state) && state !== 'cancelling')
      .map((job) => ({ id: `cancel ${job.id}`, group: 'Cancel', title: job.title, run: () => cancel(job.id) })),
    ...comparisons.flatMap(({ id }) => [
      { id: `open ${id}`, group: 'Open run', title: id, run: () => go('compare', 'run', id) },
      { id: `report ${id}`, group: 'Report of', title: id, run: () => go('runs', 'report', id) },
    ]),
    ...(['system', 'light', 'dark'] as const).map((choice) => ({
      id: `theme ${choice}`,
      group: 'Theme',
      title: choice === 'system' ? 'As the system' : `${choice[0]!.toUpperCase()}${choice.slice(1)}`,
      run: () => theme(choice),
    })),
  ]
}
