import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { JobEvent } from '#common/contract/job.ts'
import type { Preprocessing, PreprocessingConfig, PreprocessingResult } from '#common/contract/preprocessing.ts'
import { Meter } from '#common/experiment/meter.ts'
import { planPreprocessing } from '#common/experiment/preprocessing.ts'
import { configHash } from '../store/configHash.ts'
import { startTrainer } from '../trainer/process.ts'
import { growingRecord } from './growingRecord.ts'
import { runJob } from './job.ts'
import { preprocessingFile } from './preprocessingFile.ts'
import { loadThroughput } from './throughput.ts'

export interface PreprocessOptions {
  config: PreprocessingConfig
  command: string
  out: string | undefined
  fresh: boolean
  cwd: string
  signal: AbortSignal
  watch(event: JobEvent): void
}

/** A sweep over pre-processing as a job. `preprocess.json` lies in its folder from the first size on, and grows. */
export async function preprocess(options: PreprocessOptions): Promise<{ result: Preprocessing; folder: string }> {
  const { config } = options
  const title = `Pre-process at the edge in ${config.operators.length} ways`
  return runJob({ ...options, title, verb: 'preprocess', configHash: configHash(config) }, async (job) => {
    const { run, log, signal } = job
    const meter = new Meter(planPreprocessing(config, await loadThroughput()), () => performance.now())
    const trainer = startTrainer(signal)
    try {
      const { document, write } = await growingRecord<PreprocessingResult>(job, trainer, {
        file: preprocessingFile,
        threads: config.threads,
      })
      trainer.client.on('progress', (progress) => log.emit({ kind: 'progress', progress: meter.update(progress) }))
      trainer.client.on('log', ({ level, text }) => log.emit({ kind: 'log', level, text }))
      trainer.client.on('preprocessed', (result) => void write(result))
      const result = await trainer.client.request('preprocess', { folder: run.working, config }, signal)
      await write(result)
      await rm(join(run.working, 'stages'), { recursive: true, force: true })
      return document(result)
    } finally {
      await trainer.stop()
    }
  })
}
