import type { CompareConfig, DataSource, FilterNorm, Link, ProfileName } from '../contract/config.ts'
import { ablations, biasReadings, filterNorms, profileNames } from '../contract/config.ts'
import type { Pretrained } from '../contract/pretrained.ts'
import { CodedError } from '../errors.ts'
import { architectureNames, buildNetwork } from '../network/architectures/index.ts'
import type { Network } from '../network/graph.ts'
import { partitionPoints } from '../network/partition.ts'
import { parseFrameworks, parsePoints } from './names.ts'
import { codecPoints, defaultPoints, profiles } from './profiles.ts'

/** What a user may say; everything else comes from the profile. */
export interface CompareRequest {
  profile: string
  source: DataSource
  network: string
  width: number
  /** Pretrained weights of that network and width, and what they have not seen. */
  pretrained?: Pick<Pretrained, 'name' | 'heldOut'> | undefined
  /** A model folder that the comparison begins with, and its graph. */
  model?: { folder: string; hash: string; network: Network } | undefined
  frameworks: string
  points: string | undefined
  /** Where codecs are tried, of these points; names separated by commas, or "all". */
  codecPoints?: string | undefined
  device: string
  server: string
  allowEmulated?: boolean | undefined
  link: Link
  endToEnd?: boolean | undefined
  /** Whether only-splitting has candidates with int8 heads too. */
  int8?: boolean | undefined
  powerMeter?: string | undefined
  boardPower?: { activeW: number; idleW: number } | undefined
  gamma: number | undefined
  maxLoss: number | undefined
  trainImages: number | undefined
  testImages: number | undefined
  epochs: number | undefined
  batchSize: number | undefined
  seed: number
  threads: number
  timeS: number | undefined
  /** Of ONNX Runtime on the device and the server (default 1), and images per timed run (default 1). */
  deviceThreads?: number | undefined
  deviceBatch?: number | undefined
  /** Of SAFBMP: readings of its criterion and parts left out, names separated by commas, or "all"; ablations also "none". */
  biasReadings?: string | undefined
  ablations?: string | undefined
  /** Of CCTO. */
  filterNorm?: string | undefined
  /** All training that auto may take, in epochs. */
  autoEpochs?: number | undefined
}

export function parseProfile(text: string): ProfileName {
  if ((profileNames as readonly string[]).includes(text)) return text as ProfileName
  throw new CodedError('unknown-name', `Unknown profile "${text}".`, `Profiles: ${profileNames.join(', ')}.`)
}

/** Names in the order of `known`, each once. Throws `unknown-name`. */
function parseNames<Name extends string>(text: string, known: readonly Name[], what: string): Name[] {
  const asked = text.split(',').map((name) => name.trim())
  if (asked.length === 1 && asked[0] === 'all') return [...known]
  const unknown = asked.find((name) => !(known as readonly string[]).includes(name))
  if (unknown !== undefined)
    throw new CodedError('unknown-name', `Unknown ${what} "${unknown}".`, `There are ${known.join(', ')}.`)
  return known.filter((name) => asked.includes(name))
}

function parseNorm(text: string): FilterNorm {
  const found = filterNorms.find((name) => name === text)
  if (found) return found
  throw new CodedError('unknown-name', `Unknown norm "${text}".`, `There are ${filterNorms.join(' and ')}.`)
}

/** Throws `unknown-name`, also of a point of the network that the comparison leaves out, and `bad-usage`. */
function parseCodecPoints(text: string, compared: readonly string[]): string[] | null {
  const inside = compared.filter((point) => point !== 'input' && point !== 'output')
  if (inside.length > 0) return parsePoints(text, inside)
  throw new CodedError('bad-usage', 'There is no internal point for a codec.', 'Name some with --points.')
}

/** Names of the partition points of an architecture; they do not depend on width, classes or image size. */
export const pointNames = (network: string): string[] =>
  partitionPoints(buildNetwork(network, { classes: 10, width: 0.25, size: 32, mean: [0, 0, 0], std: [1, 1, 1] })).map(
    (point) => point.name,
  )

/** The whole configuration of a comparison. Throws `unknown-name` and `bad-usage` (exit 2) before anything runs. */
export function resolveCompare(request: CompareRequest): CompareConfig {
  const name = parseProfile(request.profile)
  const profile = profiles[name]
  if (!request.model && !architectureNames.includes(request.network)) {
    throw new CodedError(
      'unknown-name',
      `Unknown network "${request.network}".`,
      `Networks: ${architectureNames.join(', ')}.`,
    )
  }
  if (!(request.width > 0 && request.width <= 4)) {
    throw new CodedError(
      'bad-usage',
      `--width ${request.width} is not above 0 and at most 4.`,
      '1 is the published network, 0.25 a quarter of its filters.',
    )
  }
  if (request.endToEnd && request.gamma !== undefined) {
    throw new CodedError(
      'bad-usage',
      '--end-to-end runs the heads for real, and --gamma models them.',
      'Leave one of the two out.',
    )
  }
  const known = request.model
    ? partitionPoints(request.model.network).map((point) => point.name)
    : pointNames(request.network)
  const named = request.points === undefined ? undefined : parsePoints(request.points, known)
  const points = named === undefined ? defaultPoints(name, known) : named
  const coded = request.codecPoints === undefined ? named : parseCodecPoints(request.codecPoints, points ?? known)
  return {
    profile: name,
    data: {
      source: request.source,
      trainImages: request.trainImages ?? profile.trainImages,
      testImages: request.testImages ?? profile.testImages,
      seed: request.seed,
      ...(request.pretrained && { heldOut: request.pretrained.heldOut }),
    },
    network: {
      name: request.network,
      width: request.width,
      ...(request.pretrained && { pretrained: request.pretrained.name }),
      ...(request.model && { model: { folder: request.model.folder, hash: request.model.hash } }),
    },
    frameworks: parseFrameworks(request.frameworks),
    points,
    training: {
      ...profile.training,
      epochs: request.epochs ?? profile.training.epochs,
      batchSize: request.batchSize ?? profile.training.batchSize,
    },
    twoStep: profile.twoStep,
    codec: {
      ...{ ...profile.codec, ...codecPoints(name, coded) },
      ...(request.biasReadings === undefined
        ? {}
        : { biasReadings: parseNames(request.biasReadings, biasReadings, 'reading of the feature bias') }),
      ...(request.ablations === undefined
        ? {}
        : { ablations: request.ablations === 'none' ? [] : parseNames(request.ablations, ablations, 'ablation') }),
      ...(request.filterNorm === undefined ? {} : { filterNorm: parseNorm(request.filterNorm) }),
    },
    auto: { ...profile.auto, epochs: request.autoEpochs ?? profile.auto.epochs },
    int8: request.int8 ?? false,
    maxLoss: request.maxLoss ?? profile.maxLoss,
    device: request.device,
    server: request.server,
    allowEmulated: request.allowEmulated ?? false,
    link: request.link,
    gamma: request.gamma ?? null,
    timing: {
      ...profile.timing,
      seconds: request.timeS ?? profile.timing.seconds,
      threads: request.deviceThreads ?? 1,
      batch: request.deviceBatch ?? profile.timing.batch,
    },
    endToEnd: request.endToEnd ?? false,
    powerMeter: request.powerMeter ?? null,
    boardPower: request.boardPower ?? null,
    seed: request.seed,
    threads: request.threads,
  }
}
