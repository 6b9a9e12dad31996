import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CompareConfig } from '#common/contract/config.ts'
import { resolveCompare } from '#common/experiment/compareConfig.ts'
import { parseLink } from '#common/latency/links.ts'
import type { JobWork } from '../../src/main/workbench/desktop/job.ts'
import { runJob } from '../../src/main/workbench/experiments/job.ts'
import { configHash } from '../../src/main/workbench/store/configHash.ts'

/** A real configuration; `seed` tells one from another. */
export const configWith = (seed: number): CompareConfig =>
  resolveCompare({
    profile: 'toy',
    source: { kind: 'synthetic' },
    network: 'vgg16',
    width: 0.25,
    frameworks: 'only-splitting',
    points: undefined,
    device: 'local',
    server: 'local',
    link: parseLink('wifi'),
    gamma: undefined,
    maxLoss: undefined,
    trainImages: undefined,
    testImages: undefined,
    epochs: undefined,
    batchSize: undefined,
    seed,
    threads: 1,
    timeS: undefined,
  })

/**
 * A job with everything but the computation: the run folder, its events, cancel and publication are the real ones.
 * It takes `ms`, in ten steps, or what `until` gives.
 */
export const shortWork =
  (ms: number, until?: (config: CompareConfig) => Promise<void>): JobWork =>
  async (options) => {
    const { folder } = await runJob(
      { ...options, title: 'Short', verb: 'compare', configHash: configHash(options.config) },
      async ({ run, log, signal }) => {
        for (let step = 1; step <= 10; step++) {
          await new Promise((resolve) => setTimeout(resolve, ms / 10))
          signal.throwIfAborted()
          log.emit({
            kind: 'progress',
            progress: { phase: 'work', title: 'Work', unit: 'steps', done: step, total: 10 },
          })
        }
        await until?.(options.config)
        writeFileSync(join(run.working, 'done'), '')
      },
    )
    return { folder }
  }
