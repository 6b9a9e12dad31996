import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TimingSummary } from '#common/contract/devices.ts'
import type { DeviceTiming, RawSamples } from '#common/contract/deviceTiming.ts'
import { deviceTimingSchema } from '#common/contract/deviceTiming.ts'
import { CodedError } from '#common/errors.ts'
import type { StoredSide } from '../experiments/timingGroup.ts'
import { readRecord } from '../store/runFolder.ts'
import { runFolderOf, runNames } from './runs.ts'

/** More than a chart can show and less than a message can hold. */
const maxSamplesAtOnce = 50_000

/** Finished timings of heads on devices, newest first; what cannot be read is left out. */
export function listTimings(runsFolder: string): TimingSummary[] {
  return runNames(runsFolder)
    .flatMap((name) => {
      if (readRecord(join(runsFolder, name))?.verb !== 'device time') return []
      try {
        const { startedAt, config, heads } = readTiming(runsFolder, name)
        return [{ id: name, startedAt, device: config.device, run: config.run, heads: heads.length }]
      } catch {
        return []
      }
    })
    .sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))
}

/** Throws `unknown-name`, or `bad-data` where the file is of another version. */
export function readTiming(runsFolder: string, name: string): DeviceTiming {
  const file = join(runFolderOf(runsFolder, name), 'timing.json')
  try {
    return deviceTimingSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    throw new CodedError('bad-data', `${file} is not a timing of this version.`, 'Time the heads again.')
  }
}

/** Raw samples of one head as they were taken, evenly thinned where there are too many. */
export function readSamples(runsFolder: string, name: string, samples: string): RawSamples {
  const file = join(runFolderOf(runsFolder, name), 'timings', `${samples}.json`)
  let stored: Pick<StoredSide, 'blocks' | 'batch'>
  try {
    stored = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    throw new CodedError('bad-data', `${file} cannot be read.`, 'Time the heads again.')
  }
  const perImage = (ms: number): number => ms / stored.batch
  const modelMs = stored.blocks.flatMap((block) => block.modelMs.map(perImage))
  const codecMs = stored.blocks.flatMap((block) => block.codecMs.map(perImage))
  const stride = Math.max(1, Math.ceil(modelMs.length / maxSamplesAtOnce))
  const thin = (all: number[]): number[] => (stride === 1 ? all : all.filter((_, index) => index % stride === 0))
  return { modelMs: thin(modelMs), codecMs: thin(codecMs), of: modelMs.length }
}
