import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Metric } from '#common/contract/job.ts'
import type {
  Preprocessing,
  PreprocessingCell,
  PreprocessingConfig,
  PreprocessingResult,
} from '#common/contract/preprocessing.ts'
import { Meter } from '#common/experiment/meter.ts'
import { planPreprocessing, titleOfPreprocessing } from '#common/experiment/preprocessing.ts'
import { configHash } from '../store/configHash.ts'
import { startTrainer } from '../trainer/process.ts'
import { growingRecord } from './growingRecord.ts'
import type { JobWatch } from './job.ts'
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
  watch: JobWatch['watch']
  opened?: JobWatch['opened']
}

/** A sweep over pre-processing as a job. `preprocess.json` lies in its folder from the first size on, and grows. */
export async function preprocess(options: PreprocessOptions): Promise<{ result: Preprocessing; folder: string }> {
  const { config } = options
  const title = titleOfPreprocessing(config)
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
      let told = 0
      trainer.client.on('preprocessed', (result) => {
        for (const cell of result.cells.slice(told)) log.emit({ kind: 'metric', metric: metricOf(cell) })
        told = result.cells.length
        void write(result)
      })
      const result = await trainer.client.request('preprocess', { folder: run.working, config }, signal)
      await write(result)
      await rm(join(run.working, 'stages'), { recursive: true, force: true })
      return document(result)
    } finally {
      await trainer.stop()
    }
  })
}

/** A finished training as a point of a curve over training images; a resumed run tells the earlier ones again. */
const metricOf = ({ operator, images, seed, accuracy, fitS, encodeS, trainS }: PreprocessingCell): Metric => ({
  stage: `${operator}/seed ${seed}`,
  step: images,
  values: { accuracy, preparingS: fitS + encodeS, trainS },
})
