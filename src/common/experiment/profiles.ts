import type {
  AutoConfig,
  CodecConfig,
  CompareConfig,
  ProfileName,
  TimingConfig,
  TrainingConfig,
  TwoStepConfig,
} from '../contract/config.ts'

/** What a profile decides where the user does not (protocol.md "Profiles"). */
export interface Profile {
  trainImages: number
  testImages: number
  /** Points of the networks that have them; null = every point. */
  points: readonly string[] | null
  training: TrainingConfig
  twoStep: TwoStepConfig
  codec: CodecConfig
  auto: AutoConfig
  maxLoss: number
  timing: Omit<TimingConfig, 'threads'>
}

const training = (epochs: number, batchSize = 128): TrainingConfig => ({
  epochs,
  batchSize,
  schedule: { kind: 'one-cycle', peak: 0.1 },
  momentum: 0.9,
  nesterov: true,
  weightDecay: 5e-4,
  augment: { crop: 4, flip: true },
})

/** 1/2, 1/4, 1/8, … of the unpruned layer: log-spaced, so that the same counts are tried whatever step 1 left. */
const halvings = (count: number): number[] => Array.from({ length: count }, (_, index) => 2 ** -(index + 1))

/** `count` log-spaced shares from 1/2 down to 1/32. */
const logSpaced = (count: number): number[] =>
  Array.from({ length: count }, (_, index) => 0.5 * (1 / 16) ** (index / (count - 1)))

/**
 * Where a block of a network ends. A convolution and the pool behind it share one model of step 2, so that both cost
 * little more than one.
 */
const blockEnds: readonly string[] = [
  ...['conv2', 'pool1', 'conv4', 'pool2', 'conv7', 'pool3', 'conv10', 'pool4', 'conv13', 'pool5'],
  ...['layer1.1', 'layer2.1', 'layer3.1', 'layer4.1', 'avgpool'],
  ...['b1', 'b3', 'b5', 'b11', 'b13'],
  ...['ir1', 'ir3', 'ir6', 'ir10', 'ir13', 'ir16'],
]

/** One point in the middle of a network; frameworks.md §16. */
const midCuts: readonly string[] = ['pool3', 'layer2.1', 'b5', 'ir10']
const labCuts: readonly string[] = [
  ...['pool1', 'pool2', 'pool3', 'pool4', 'pool5', 'layer2.1', 'layer3.1', 'layer4.1'],
  ...['b3', 'b5', 'b11', 'ir6', 'ir10', 'ir16'],
]

export const profiles: Record<ProfileName, Profile> = {
  toy: {
    trainImages: 256,
    testImages: 100,
    points: ['pool2', 'pool3', 'layer2.1', 'layer3.1', 'b5', 'b11', 'ir6', 'ir13'],
    training: training(2, 64),
    twoStep: {
      step1Share: 1 / 8,
      step1Epochs: 1,
      step1MaxIterations: 2,
      step2Shares: [1 / 2, 1 / 4],
      step2Epochs: 1 / 2,
      closingEpochs: 0,
      rate: 0.01,
      scoreImages: 64,
      flopsRegulariser: 0,
    },
    codec: {
      points: [...midCuts],
      symbolPoints: null,
      widths: [1 / 4],
      reductions: [1],
      frozenEpochs: 2,
      frozenRate: 5e-3,
      jointEpochs: 1,
      jointRate: 5e-4,
      qualities: [20],
      sparsities: [0.5],
      ratios: [0.75],
      pruneEpochs: 1,
      pruneRounds: 2,
      snrs: [14.5],
      bits: [8],
    },
    auto: { keeps: [1, 0.5], epochs: 12, finalists: 1, heads: ['dense', 'int8'] },
    maxLoss: 0.05,
    timing: { seconds: 0.05, minIterations: 10, batch: 1 },
  },
  quick: {
    trainImages: 5_000,
    testImages: 1_000,
    points: blockEnds,
    training: training(26),
    twoStep: {
      step1Share: 1 / 8,
      step1Epochs: 1,
      step1MaxIterations: 7,
      step2Shares: halvings(3),
      step2Epochs: 1 / 4,
      closingEpochs: 1 / 2,
      rate: 0.01,
      scoreImages: 1_024,
      flopsRegulariser: 0,
    },
    codec: {
      points: [...midCuts],
      symbolPoints: null,
      widths: [1 / 4, 1 / 8],
      reductions: [1],
      frozenEpochs: 4,
      // In 156 steps a rate below this one leaves normalisation half-way; a codec without any learns less at it.
      frozenRate: 1e-2,
      plainRate: 3e-3,
      jointEpochs: 3,
      jointRate: 3e-4,
      qualities: [20],
      sparsities: [0.25, 0.5],
      ratios: [0.75, 0.5],
      pruneEpochs: 6,
      pruneRounds: 4,
      snrs: [14.5],
      bits: [8, 4],
    },
    auto: { keeps: [1, 0.75, 0.5, 0.35, 0.25], epochs: 70, finalists: 3, heads: ['dense', 'int8'] },
    maxLoss: 0.05,
    timing: { seconds: 0.5, minIterations: 30, batch: 1 },
  },
  lab: {
    trainImages: 20_000,
    testImages: 5_000,
    points: null,
    training: training(30),
    twoStep: {
      step1Share: 1 / 16,
      step1Epochs: 1,
      step1MaxIterations: 15,
      step2Shares: logSpaced(8),
      step2Epochs: 1,
      closingEpochs: 2,
      rate: 0.01,
      scoreImages: 5_000,
      flopsRegulariser: 0,
    },
    codec: {
      points: [...labCuts],
      symbolPoints: ['pool2', 'pool4', 'layer3.1', 'b5', 'ir10'],
      widths: [1 / 4, 1 / 16],
      reductions: [1],
      frozenEpochs: 6,
      frozenRate: 2e-3,
      jointEpochs: 3,
      jointRate: 2e-4,
      qualities: [20],
      sparsities: [0.5],
      ratios: [0.75, 0.5, 0.25],
      pruneEpochs: 4,
      pruneRounds: 8,
      snrs: [0, 7, 14.5],
      bits: [8, 4],
    },
    auto: { keeps: [1, 0.75, 0.5, 0.35, 0.25], epochs: 100, finalists: 5, heads: ['dense', 'int8'] },
    maxLoss: 0.018,
    timing: { seconds: 10, minIterations: 10, batch: 1 },
  },
  paper: {
    trainImages: 45_000,
    testImages: 10_000,
    points: null,
    training: { ...training(200), schedule: { kind: 'cosine', start: 0.1 }, nesterov: false },
    twoStep: {
      step1Share: 1 / 16,
      step1Epochs: 13,
      step1MaxIterations: 15,
      step2Shares: logSpaced(16),
      step2Epochs: 13,
      closingEpochs: 3,
      rate: 0.001,
      scoreImages: 45_000,
      flopsRegulariser: 0,
    },
    codec: {
      points: null,
      symbolPoints: null,
      widths: [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64],
      reductions: [1, 2],
      frozenEpochs: 70,
      frozenRate: 1e-4,
      jointEpochs: 70,
      jointRate: 1e-4,
      qualities: [5, 10, 20, 30, 40, 50, 65, 80, 95],
      sparsities: [0.25, 0.5, 0.75],
      ratios: [0.75, 0.5, 0.25],
      pruneEpochs: 100,
      pruneRounds: 50,
      snrs: [0, 5, 10, 14.5, 20],
      bits: [8, 6, 4, 2],
    },
    auto: { keeps: [1, 0.75, 0.5, 0.35, 0.25], epochs: 3000, finalists: 5, heads: ['dense', 'int8'] },
    maxLoss: 0.018,
    timing: { seconds: 10, minIterations: 10, batch: 1 },
  },
}

/** The default points of a profile that the network has, in its order; null where the profile wants all or names none of them. */
export function defaultPoints(profile: ProfileName, known: readonly string[]): string[] | null {
  const { points } = profiles[profile]
  const wanted = known.filter((name) => points?.includes(name))
  return wanted.length > 0 ? wanted : points && evenlySpaced(known)
}

/** Up to eight points of a network whose names no profile knows, all of them where there are no more. */
function evenlySpaced(known: readonly string[]): string[] | null {
  const inner = known.filter((name) => name !== 'input' && name !== 'output')
  const most = 8
  if (inner.length <= most) return null
  return Array.from({ length: most }, (_, index) => inner[Math.round(((index + 0.5) * inner.length) / most - 0.5)]!)
}

/** Where a profile puts codecs: its own choice, or the points that the user named. */
export function codecPoints(
  profile: ProfileName,
  named: readonly string[] | null | undefined,
): Pick<CodecConfig, 'points' | 'symbolPoints'> {
  if (named !== undefined) return { points: named && [...named], symbolPoints: null }
  const { points, symbolPoints } = profiles[profile].codec
  return { points, symbolPoints }
}

export const profileOf = (config: Pick<CompareConfig, 'profile'>): Profile => profiles[config.profile]
