import type { DeviceItem } from '#common/contract/devices.ts'
import type { JobSummary, RunSummary } from '#common/contract/workbench.ts'

/** What an engineer would do next in this workspace, and where. */
export interface NextAction {
  title: string
  /** Why this, in a sentence. */
  about: string
  label: string
  place: readonly string[]
  /** The job that the action resumes. */
  resume?: JobSummary
}

const isBoard = ({ kind }: Pick<DeviceItem, 'kind'>): boolean => kind === 'ssh' || kind === 'serial'

/** The next action, the most urgent one first: broken work, then the way from nothing to times on a real board. */
export function nextAction(
  jobs: readonly JobSummary[],
  runs: readonly RunSummary[],
  devices: readonly Pick<DeviceItem, 'name' | 'kind' | 'state'>[],
): NextAction {
  const interrupted = jobs.find(({ state, resumable }) => state === 'interrupted' && resumable)
  if (interrupted) {
    return {
      title: `${interrupted.title} was interrupted`,
      about: 'What it had finished is on the disk. It continues from there.',
      label: 'Resume',
      place: [],
      resume: interrupted,
    }
  }
  const comparison = runs.find(({ verb, problem }) => verb === 'compare' && problem === null)
  if (!comparison) {
    return {
      title: 'See a whole comparison first',
      about: 'A simulated Raspberry Pi and synthetic images: no hardware, no download, about a minute.',
      label: 'Try it on a simulated Pi',
      place: ['overview', 'guide'],
    }
  }
  const board = devices.find(isBoard)
  if (!board) {
    return {
      title: 'Add the board that you want to deploy to',
      about: 'So far nothing was timed on a real device. SSH or a serial line will do.',
      label: 'Add a device',
      place: ['devices'],
    }
  }
  if (!runs.some(({ verb, device }) => verb === 'compare' && device === board.name)) {
    return {
      title: `Compare on ${board.name}`,
      about: 'The board is known, but no comparison has used it yet.',
      label: 'New comparison',
      place: ['compare'],
    }
  }
  return {
    title: 'Look at the newest result',
    about: `${comparison.id}: table, charts and report are ready.`,
    label: 'Open result',
    place: ['compare', 'run', comparison.id],
  }
}
