import type { CompareConfig } from '#common/contract/config.ts'
import type { DeviceJob } from '#common/contract/devices.ts'
import { deviceOf } from '#common/contract/devices.ts'
import type { ProfileConfig } from '#common/contract/modelProfile.ts'
import type { ModelWork } from '#common/contract/models.ts'
import type { PreprocessingConfig } from '#common/contract/preprocessing.ts'
import { titleOfPreprocessing } from '#common/experiment/preprocessing.ts'
import { titleOfProfile } from '#common/latency/profileWords.ts'

/** A comparison that a job is asked for, enough to do it again. */
export interface CompareSpec {
  config: CompareConfig
  command: string
  /** Absolute; null: below the workspace's runs. */
  out: string | null
  fresh: boolean
  /** Trust an SSH host that is met for the first time without asking. */
  acceptNewHostKey?: boolean | undefined
}

/** Work on one device. */
export interface DeviceSpec {
  job: DeviceJob
  command: string
}

/** A profile of an ONNX file. */
export interface ProfileSpec {
  profile: ProfileConfig
  command: string
  /** Absolute; null: below the workspace's runs. */
  out: string | null
}

/** Training or pruning of one network. */
export interface ModelSpec {
  model: ModelWork
  command: string
  /** As of a comparison. */
  out: string | null
  fresh: boolean
}

/** A sweep over pre-processing at the edge. */
export interface PreprocessSpec {
  preprocess: PreprocessingConfig
  command: string
  /** As of a comparison. */
  out: string | null
  fresh: boolean
}

export type JobSpec = CompareSpec | DeviceSpec | ModelSpec | PreprocessSpec | ProfileSpec

export const isDeviceSpec = (spec: JobSpec): spec is DeviceSpec => 'job' in spec
export const isModelSpec = (spec: JobSpec): spec is ModelSpec => 'model' in spec
export const isPreprocessSpec = (spec: JobSpec): spec is PreprocessSpec => 'preprocess' in spec
export const isProfileSpec = (spec: JobSpec): spec is ProfileSpec => 'profile' in spec

export const titleOf = ({ frameworks, network }: CompareConfig): string =>
  `Compare ${frameworks.join(', ')} on ${network.name}`

const deviceTitles: Record<DeviceJob['verb'], (device: string) => string> = {
  'device connect': (device) => `Connect ${device}`,
  'device probe': (device) => `Probe ${device}`,
  'device push': (device) => `Push heads to ${device}`,
  'device time': (device) => `Time heads on ${device}`,
  'device live': (device) => `Infer live on ${device}`,
}

/** "Train vgg16 × 0.25", "Prune 20261127-…/model by taylor". */
export function titleOfModel(work: ModelWork): string {
  if (work.verb === 'train') return `Train ${work.config.network.name} × ${work.config.network.width}`
  const run = work.config.model.split(/[\\/]/).at(-2) ?? work.config.model
  return `Prune ${run} by ${work.config.criterion}`
}

export function titleOfSpec(spec: JobSpec): string {
  if (isDeviceSpec(spec)) return deviceTitles[spec.job.verb](deviceOf(spec.job))
  if (isModelSpec(spec)) return titleOfModel(spec.model)
  if (isPreprocessSpec(spec)) return titleOfPreprocessing(spec.preprocess)
  return isProfileSpec(spec) ? titleOfProfile(spec.profile) : titleOf(spec.config)
}

export function verbOf(spec: JobSpec): string {
  if (isDeviceSpec(spec)) return spec.job.verb
  if (isModelSpec(spec)) return spec.model.verb
  if (isPreprocessSpec(spec)) return 'preprocess'
  return isProfileSpec(spec) ? 'profile' : 'compare'
}

export function deviceNamedBy(spec: JobSpec): string | null {
  if (isDeviceSpec(spec)) return deviceOf(spec.job)
  return isModelSpec(spec) || isPreprocessSpec(spec) ? null : endsNamedBy(spec).device
}

/** Device and server of a job that times on both. */
export const endsNamedBy = (spec: CompareSpec | ProfileSpec): { device: string; server: string } =>
  isProfileSpec(spec) ? spec.profile : spec.config

const thisComputer = 'this computer'

/**
 * What a job needs for itself: two that share something would falsify each other's times or speak on one line, and come
 * one after the other. `onThisComputer`: whether a device computes here (local, simulated).
 */
export function needsOf(spec: JobSpec, onThisComputer: (device: string) => boolean): string[] {
  if (isModelSpec(spec) || isPreprocessSpec(spec)) return [thisComputer]
  if (!isDeviceSpec(spec)) {
    const { device, server } = endsNamedBy(spec)
    return [thisComputer, `device ${device}`, `device ${server}`]
  }
  const device = deviceOf(spec.job)
  if (spec.job.verb === 'device live') return [`device ${device}`, `device ${spec.job.config.server}`, thisComputer]
  const times = spec.job.verb === 'device time' && onThisComputer(device)
  return [`device ${device}`, ...(times ? [thisComputer] : [])]
}
