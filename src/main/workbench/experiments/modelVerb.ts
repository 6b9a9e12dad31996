import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from '#common/contract/rpc.ts'
import type { TrainerContract } from '#common/contract/trainer.ts'
import { Pace } from '#common/experiment/pace.ts'
import { writeFileAtomic } from '../../../system/atomic.ts'
import { configHash } from '../store/configHash.ts'
import { startTrainer } from '../trainer/process.ts'
import type { JobWatch } from './job.ts'
import { runJob } from './job.ts'

export interface ModelVerbOptions extends JobWatch {
  verb: 'train' | 'prune' | 'export'
  title: string
  /** Everything that decides the outcome: it finds the interrupted run that is resumed. */
  config: unknown
  command: string
  out: string | undefined
  fresh: boolean
  cwd: string
  threads: number
  signal: AbortSignal
}

/** One request to a trainer as a job of its own; its result is stored as `<verb>.json` in the finished folder. */
export async function runModelVerb<T extends object>(
  options: ModelVerbOptions,
  request: (client: Client<TrainerContract>, folder: string, signal: AbortSignal) => Promise<T>,
): Promise<{ result: T; folder: string }> {
  const { verb, threads, config } = options
  return runJob({ ...options, configHash: configHash(config) }, async ({ run, log, signal }) => {
    const pace = new Pace(() => performance.now())
    const trainer = startTrainer(signal)
    try {
      trainer.client.on('progress', (progress) => log.emit({ kind: 'progress', progress: pace.update(progress) }))
      trainer.client.on('metric', (metric) => log.emit({ kind: 'metric', metric }))
      trainer.client.on('log', ({ level, text }) => log.emit({ kind: 'log', level, text }))
      const about = await trainer.client.request('hello', { threads }, signal)
      const result = await request(trainer.client, run.working, signal)
      const document = {
        protocol: 1,
        run: {
          id: run.record.id,
          command: run.record.command,
          versions: about.versions,
          fingerprint: about.fingerprint,
        },
        ...result,
      }
      await writeFileAtomic(join(run.working, `${verb}.json`), `${JSON.stringify(document, null, 2)}\n`)
      await rm(join(run.working, 'stages'), { recursive: true, force: true })
      return result
    } finally {
      await trainer.stop()
    }
  })
}
