import type { Asked } from '#common/contract/devices.ts'
import type { JobEvent } from '#common/contract/job.ts'
import type { Client } from '#common/contract/rpc.ts'
import type { WorkbenchContract } from '#common/contract/workbench.ts'
import { CodedError, toErrorShape } from '#common/errors.ts'
import type { CompareSpec } from '../workbench/desktop/jobSpec.ts'
import { Workbench } from '../workbench/desktop/workbench.ts'
import { compare } from '../workbench/experiments/compare.ts'
import { AlreadyFinished } from '../workbench/store/runFolder.ts'
import { askOnTerminal } from './ask.ts'

export interface TerminalJob {
  spec: CompareSpec
  /** The workspace. */
  cwd: string
  signal: AbortSignal
  watch(event: JobEvent): void
  say(text: string): void
}

/**
 * A comparison as a job of the workspace's desktop process: this one, or, where a window, a web host or another command
 * is it, that one. Both show the same job. Returns the folder of the finished run; throws as `compare` does.
 */
export async function runInWorkbench(job: TerminalJob): Promise<string> {
  const workbench = openWorkbench(job.cwd)
  if (!workbench) return alone(job)
  try {
    for (;;) {
      const client = await workbench.client().catch((error) => {
        if (isDenied(error)) return undefined
        throw error
      })
      if (!client) return await alone(job)
      if (!workbench.owner) job.say('Joining the desktop process of this workspace.')
      try {
        return await follow(client, job)
      } catch (error) {
        // It was quit or killed: this process takes over and goes on from what is done.
        if (!(error instanceof CodedError) || !error.data?.desktopEnded || job.signal.aborted) throw error
        job.say('The desktop process has ended; going on in this one.')
      } finally {
        client.dispose()
      }
    }
  } finally {
    await workbench.close()
  }
}

async function follow(client: Client<WorkbenchContract>, { spec, signal, watch, say }: TerminalJob): Promise<string> {
  const early: { job: string; event: JobEvent }[] = []
  let id: string | undefined
  client.on('job.event', ({ job, event }) => {
    if (id === undefined) early.push({ job, event })
    else if (job === id) watch(event)
  })
  client.on('job.changed', (job) => {
    if (job.id === id && job.state === 'cancelling' && !signal.aborted) say('Cancelled in the window …')
  })
  const stopAnswering = await answerQuestions(client, [spec.config.device, spec.config.server])
  const { jobs } = await client.request('jobs.list', {})
  const before = jobs.filter(({ state, resumable }) => !resumable && (state === 'running' || state === 'queued'))
  const submitted = await client.request('jobs.submit', spec)
  id = submitted.job
  for (const { job, event } of early) if (job === id) watch(event)
  if (before.length > 0)
    say(`Waiting for ${before.length === 1 ? `"${before[0]!.title}"` : `${before.length} jobs`}, which came first.`)
  const cancel = (): void => void client.request('jobs.cancel', submitted).catch(() => {})
  if (signal.aborted) cancel()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    const { folder, already } = await client.request('jobs.wait', submitted)
    if (folder === null) throw new CodedError('internal', 'The comparison left no folder.')
    if (already) throw new AlreadyFinished(folder)
    return folder
  } finally {
    signal.removeEventListener('abort', cancel)
    stopAnswering()
  }
}

/** Questions about these devices are asked here, too, where somebody sits at this terminal; a window may be faster. */
async function answerQuestions(client: Client<WorkbenchContract>, devices: readonly string[]): Promise<() => void> {
  if (!process.stdin.isTTY) return () => {}
  const open = new Map<string, AbortController>()
  const ask = async ({ id, device, question }: Asked): Promise<void> => {
    if (!devices.includes(device) || open.has(id)) return
    const taken = new AbortController()
    open.set(id, taken)
    const answer = await askOnTerminal(question, taken.signal)
    if (!taken.signal.aborted) await client.request('ask.answer', { id, answer: answer ?? null }).catch(() => {})
  }
  client.on('ask', (asked) => void ask(asked))
  client.on('ask.gone', ({ id }) => open.get(id)?.abort())
  for (const asked of (await client.request('ask.join', {})).asked) void ask(asked)
  return () => {
    for (const taken of open.values()) taken.abort()
  }
}

function openWorkbench(cwd: string): Workbench | undefined {
  try {
    return new Workbench(cwd, 'terminal')
  } catch {
    return undefined
  }
}

/** Where the working folder takes no lock (read-only, with --out elsewhere), nobody can join: the job runs by itself. */
async function alone({ spec, cwd, signal, watch }: TerminalJob): Promise<string> {
  const { folder } = await compare({ ...spec, out: spec.out ?? undefined, cwd, signal, watch, ask: askOnTerminal })
  return folder
}

const isDenied = (error: unknown): boolean => {
  const { code, data } = toErrorShape(error)
  return code === 'disk-full' || (code === 'io-failed' && data?.system !== undefined)
}
