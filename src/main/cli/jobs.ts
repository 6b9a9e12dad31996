import type { Command } from 'commander'
import type { JobEvent } from '#common/contract/job.ts'
import type { Client } from '#common/contract/rpc.ts'
import type { JobSummary, WorkbenchContract } from '#common/contract/workbench.ts'
import { CodedError, fromErrorShape } from '#common/errors.ts'
import { formatDuration } from '#common/units.ts'
import { Workbench } from '../workbench/desktop/workbench.ts'
import { cancelled } from './cancel.ts'
import { printJson } from './command.ts'
import { watchJob } from './terminal.ts'

type Workspace = Client<WorkbenchContract>

const active = (state: JobSummary['state']): boolean => ['queued', 'running', 'cancelling'].includes(state)

/** `splitbench jobs`: what goes on in this workspace, whichever door began it, and what was left unfinished. */
export function addJobs(program: Command): void {
  const jobs = program.command('jobs').description('Jobs of this workspace: running, waiting, interrupted.')
  jobs
    .command('list')
    .description('Print the jobs of the workspace in the current folder.')
    .option('--json', 'print one JSON document on stdout')
    .action(({ json }: { json?: boolean }) =>
      inWorkspace(async (client) => {
        const { jobs: list } = await client.request('jobs.list', {})
        if (json) printJson({ protocol: 1, jobs: list })
        else process.stdout.write(`${list.map(describe).join('\n') || 'No jobs in this workspace.'}\n`)
      }),
    )
  jobs
    .command('cancel')
    .description('Stop a job; what it has finished stays, and it can be resumed.')
    .argument('<job>', 'its id, or enough of its beginning')
    .action((job: string) =>
      inWorkspace(async (client) => {
        const one = await named(client, job)
        if (!active(one.state)) {
          throw new CodedError('bad-usage', `${one.id} is ${one.state}: there is nothing to stop.`, 'See `jobs list`.')
        }
        const ended = untilEnd(client, one.id, () => {})
        const { state } = await client.request('jobs.cancel', { job: one.id })
        process.stdout.write(`${one.id}  ${active(state) ? (await ended).state : state}  ${one.title}\n`)
      }),
    )
  jobs
    .command('watch')
    .description('Show the progress and log of a job until it ends; Ctrl-C stops the watching, not the job.')
    .argument('<job>', 'its id, or enough of its beginning')
    .action((job: string) =>
      inWorkspace(async (client) => {
        const one = await named(client, job)
        const view = watchJob()
        try {
          const last = await watchToEnd(client, one, view.show)
          process.stdout.write(`${describe(last)}\n`)
          if (last.state === 'failed' && last.error) throw fromErrorShape(last.error as never)
        } finally {
          view.close()
        }
      }),
    )
}

async function inWorkspace(work: (client: Workspace) => Promise<void>): Promise<void> {
  const workbench = new Workbench(process.cwd(), 'terminal')
  const client = await workbench.client()
  // Who looks after the runs of other processes keeps no process alive; a command that waits for one's end must stay.
  const alive = setInterval(() => {}, 60_000)
  try {
    await work(client)
  } finally {
    clearInterval(alive)
    client.dispose()
    await workbench.close()
  }
}

/** "run-20261127-…  running  61 %  Train vgg16 × 0.25  4 min 2 s". */
function describe({ id, state, title, progress, startedAt, endedAt }: JobSummary): string {
  const share = progress?.share ?? (progress && progress.total > 0 ? progress.done / progress.total : null)
  const percent = share === null ? '' : `${Math.floor(100 * share)} %`
  const spent =
    startedAt === null
      ? ''
      : formatDuration(((endedAt ? Date.parse(endedAt) : Date.now()) - Date.parse(startedAt)) / 1000)
  return [id.padEnd(30), state.padEnd(11), percent.padStart(5), title, active(state) ? spent : ''].join('  ').trimEnd()
}

async function named(client: Workspace, beginning: string): Promise<JobSummary> {
  const { jobs } = await client.request('jobs.list', {})
  const found = jobs.filter(({ id }) => id === beginning || id.startsWith(beginning))
  const exact = found.find(({ id }) => id === beginning)
  if (exact ?? found.length === 1) return exact ?? found[0]!
  const known = jobs.map(({ id }) => id).join(', ')
  throw new CodedError(
    'unknown-name',
    found.length === 0 ? `There is no job "${beginning}".` : `"${beginning}" begins ${found.length} jobs.`,
    known ? `Jobs: ${known}.` : 'There are no jobs in this workspace.',
  )
}

/** Resolves with the summary of the end: as it is told, or as it was when the job left the list. */
function untilEnd(client: Workspace, id: string, show: (event: JobEvent) => void): Promise<JobSummary> {
  return new Promise((resolve) => {
    let last: JobSummary | undefined
    client.on('job.event', ({ job, event }) => {
      if (job === id) show(event)
    })
    client.on('job.changed', (job) => {
      if (job.id !== id) return
      last = job
      if (!active(job.state)) resolve(job)
    })
    client.on('job.gone', ({ job }) => {
      // A run of another process is taken off the shelf when it is finished.
      if (job === id) resolve({ ...(last as JobSummary), id, state: 'finished' })
    })
  })
}

async function watchToEnd(client: Workspace, job: JobSummary, show: (event: JobEvent) => void): Promise<JobSummary> {
  const ended = untilEnd(client, job.id, show)
  const { events } = await client.request('jobs.events', { job: job.id, since: 0 })
  for (const event of events) if (event.kind === 'log') show(event)
  const { jobs } = await client.request('jobs.list', {})
  const now = jobs.find(({ id }) => id === job.id)
  if (!now || !active(now.state)) return now ?? { ...job, state: 'finished' }
  const stopped = new Promise<never>((_, reject) => {
    const stop = (): void => reject(new CodedError('cancelled', 'Stopped watching; the job goes on.'))
    if (cancelled.aborted) stop()
    else cancelled.addEventListener('abort', stop, { once: true })
  })
  return { ...job, ...(await Promise.race([ended, stopped])) }
}
