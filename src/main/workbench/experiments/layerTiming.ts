import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TimingConfig } from '#common/contract/config.ts'
import type { LayerTimes } from '#common/contract/layerTimes.ts'
import type { UntimedCandidate } from '#common/contract/result.ts'
import { splitSchema } from '#common/contract/split.ts'
import { CodedError } from '#common/errors.ts'
import { layerTimes } from '#common/measurement/layerTimes.ts'
import type { Network } from '#common/network/graph.ts'
import { writeFileAtomic } from '../../../system/atomic.ts'
import type { CandidateTimes } from '../comparison/compose.ts'
import { loadCalibration } from '../devices/calibrations.ts'
import type { Device } from '../devices/device.ts'
import type { ProfileResult } from '../devices/timing.ts'

export interface LayerTimingRequest {
  folder: string
  candidates: readonly UntimedCandidate[]
  times: ReadonlyMap<string, CandidateTimes>
  /** The unpruned network. */
  network: Network
  device: Device
  timing: TimingConfig
  signal: AbortSignal
  onLog(level: 'warn' | 'info', text: string): void
}

/** A profile is for proportions: more than a second of it says nothing new. */
const profileRule = { seconds: 1, minIterations: 10 } as const

/**
 * Times of the unpruned network's layers on the device: by the runtime's profile, by differences of neighbouring heads,
 * and as predicted. Null where the device is simulated, or the unpruned network was not run on it as a whole.
 */
export async function timeLayers(request: LayerTimingRequest): Promise<LayerTimes | null> {
  const { candidates, times, network, device } = request
  const unpruned = candidates.filter(({ framework }) => framework === 'only-splitting')
  const whole = unpruned.find(({ partitionPoint }) => partitionPoint === 'output')
  if (!whole || device.source === 'modelled') return null
  const profile = await profileOf(whole, request)
  const heads = unpruned.flatMap(({ id, partitionPoint, codec }) => {
    const rounds = times.get(id)?.rounds?.head
    // The forms with codes have one operator more, at every cut.
    return rounds && codec.startsWith('float32') ? [{ point: partitionPoint, rounds }] : []
  })
  const calibration = await loadCalibration(device.info)
  return layerTimes(network, {
    profile: profile?.nodes ?? null,
    heads,
    regressors: calibration?.threads === request.timing.threads ? calibration.regressors : null,
  })
}

async function profileOf(
  { files }: UntimedCandidate,
  { folder, device, timing, signal, onLog }: LayerTimingRequest,
): Promise<ProfileResult | null> {
  const [model, check] = [join(folder, files.head), join(folder, files.check)]
  const hashes = await device.pushFiles([model, check], () => {}, signal)
  const split = splitSchema.parse(JSON.parse(await readFile(join(folder, files.split), 'utf8')))
  const { threads } = timing
  const deployed = { side: 'head' as const, model: hashes.get(model)!, check: hashes.get(check)!, split, threads }
  try {
    const profile = await device.profile(deployed, profileRule, signal)
    await writeFileAtomic(join(folder, 'timings', 'profile.json'), JSON.stringify(profile))
    return profile
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'component-missing') throw error
    onLog('info', error.message)
    return null
  }
}
