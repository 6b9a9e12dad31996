import { z } from 'zod'
import { boardPowerSchema } from './energy.ts'

export const profileNames = ['toy', 'quick', 'lab', 'paper'] as const
export type ProfileName = (typeof profileNames)[number]

export const linkSchema = z.object({
  name: z.string(),
  rateMbps: z.number().positive(),
  rttMs: z.number().nonnegative().nullable(),
  /** Share of TCP segments that get lost on the way to the server; only a shaped link has it. */
  loss: z.number().min(0).max(0.5).optional(),
})
export type Link = z.infer<typeof linkSchema>

/** Where images come from. `kind: files` is a folder whose layout the loader recognises (CIFAR binary or image folders). */
export const dataSourceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('synthetic') }),
  z.object({ kind: z.literal('files'), path: z.string() }),
])
export type DataSource = z.infer<typeof dataSourceSchema>

/**
 * The split of a data set that weights were trained with: the records that they have not seen follow from it. `records`
 * and `labelsHash` (sha256 of the labels of all training records, uint16 LE) tell whether it is the same data set.
 */
export const heldOutSchema = z.object({
  trainImages: z.number().int().positive(),
  seed: z.number().int().nonnegative(),
  records: z.number().int().positive(),
  labelsHash: z.string(),
})
export type HeldOut = z.infer<typeof heldOutSchema>

/** The data part of a configuration; numbers are what the user asked for, null = all there are. */
export const dataConfigSchema = z.object({
  source: dataSourceSchema,
  trainImages: z.number().int().positive().nullable(),
  testImages: z.number().int().positive().nullable(),
  seed: z.number().int().nonnegative(),
  /** Of pretrained weights: validation images are taken from what those have not seen. */
  heldOut: heldOutSchema.optional(),
})
export type DataConfig = z.infer<typeof dataConfigSchema>

export const trainingConfigSchema = z.object({
  epochs: z.number().int().positive(),
  batchSize: z.number().int().positive(),
  /** One-cycle (Smith & Topin): linear warm-up to the peak over the first 30 % of steps, cosine down to peak/10^4; or constant. */
  schedule: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('one-cycle'), peak: z.number().positive() }),
    z.object({ kind: z.literal('cosine'), start: z.number().positive() }),
    z.object({ kind: z.literal('constant'), rate: z.number().positive() }),
  ]),
  momentum: z.number(),
  nesterov: z.boolean(),
  weightDecay: z.number(),
  /** Random crop with this zero padding, and a horizontal flip with probability 1/2. */
  augment: z.object({ crop: z.number().int().nonnegative(), flip: z.boolean() }),
})
export type TrainingConfig = z.infer<typeof trainingConfigSchema>

/** Recipe options of two-step pruning (frameworks.md §7), resolved from the profile. */
export const twoStepConfigSchema = z.object({
  /** Share of all filters that one iteration of step 1 removes. */
  step1Share: z.number().positive(),
  step1Epochs: z.number().positive(),
  step1MaxIterations: z.number().int().positive(),
  /** Filters that step 2 tries to keep, as shares of the unpruned layer, descending. */
  step2Shares: z.array(z.number().positive()),
  step2Epochs: z.number().positive(),
  closingEpochs: z.number().nonnegative(),
  rate: z.number().positive(),
  /** Training images that one scoring pass sees. */
  scoreImages: z.number().int().positive(),
  /** λ of Molchanov's FLOPs regulariser, on Θ_flops scaled to max 1. */
  flopsRegulariser: z.number().nonnegative(),
})
export type TwoStepConfig = z.infer<typeof twoStepConfigSchema>

/** How SAFBMP's criterion may be read (frameworks.md §11.4): expected, measured by masking, or Eq. 4 to the letter. */
export const biasReadings = ['closed-form', 'empirical', 'literal'] as const
export type BiasReading = (typeof biasReadings)[number]
/** By which norm of its weights CCTO scores a filter: that of its code, and that of its figure (frameworks.md §10.3). */
export const filterNorms = ['l1', 'l2'] as const
export type FilterNorm = (typeof filterNorms)[number]
/** Which of SAFBMP's parts an ablation leaves out. */
export const ablations = ['no-pruning', 'no-coding', 'neither'] as const
export type Ablation = (typeof ablations)[number]

/** How the frameworks with a learned codec are trained, and how many candidates each makes; resolved from the profile. */
export const codecConfigSchema = z.object({
  /** Where codecs are put; null = at every internal point of the comparison. */
  points: z.array(z.string()).nullable(),
  /** Those of them that JSCC takes, which trains a model for every SNR; null = all. */
  symbolPoints: z.array(z.string()).nullable().default(null),
  /** Channels of the code, as shares of those at the point, descending. */
  widths: z.array(z.number().positive().max(1)).min(1),
  /** Sides of a square of positions that becomes one, where a framework can do that: 1 keeps the map. */
  reductions: z.array(z.number().int().positive()).min(1),
  /** Of the codec alone, on cached features, then of the whole network; with Adam's first rates. */
  frozenEpochs: z.number().positive(),
  frozenRate: z.number().positive(),
  /** Instead of the frozen rate for a codec without normalisation (CCTO), which a high rate harms; absent: that rate. */
  plainRate: z.number().positive().optional(),
  jointEpochs: z.number().nonnegative(),
  jointRate: z.number().positive(),
  /** Of JPEG, for BottleNet. */
  qualities: z.array(z.number().int().min(1).max(100)).min(1),
  /** Shares of the filters before the cut that are pruned (CCTO, SAFBMP) or that are left (JSCC). */
  sparsities: z.array(z.number().min(0).max(0.95)).min(1),
  ratios: z.array(z.number().positive().max(1)).min(1),
  /** Epochs of that pruning, and the rounds of CCTO that they are spread over. */
  pruneEpochs: z.number().positive(),
  pruneRounds: z.number().int().positive(),
  /** Signal-to-noise ratios in dB, a model for each (JSCC). */
  snrs: z.array(z.number()).min(1),
  /** Of one code, where a framework sends uniform codes: the same grid for all of them, descending. */
  bits: z.array(z.number().int().min(1).max(8)).min(1).default([8]),
  /** Of SAFBMP; the first reading gets the whole grid, every other one candidate per sparsity. Absent: the closed form. */
  biasReadings: z.array(z.enum(biasReadings)).min(1).optional(),
  /** Of SAFBMP; absent: no pruning, no coding. */
  ablations: z.array(z.enum(ablations)).optional(),
  /** Of CCTO; absent: l1. */
  filterNorm: z.enum(filterNorms).optional(),
})
export type CodecConfig = z.infer<typeof codecConfigSchema>

/** The search for a design of our own; cuts, widths and bits are those of the codecs, so that nobody has a larger grid. */
export const autoConfigSchema = z.object({
  /** Shares of the filters that stay, descending. */
  keeps: z.array(z.number().positive().max(1)).min(1),
  /** Epochs of training that it may use altogether, every trial of it counted. */
  epochs: z.number().positive(),
  /** How many of the designs inside the bound become candidates. */
  finalists: z.number().int().positive(),
  /** What the device's part may compute in. */
  heads: z
    .array(z.enum(['dense', 'int8']))
    .min(1)
    .default(['dense']),
})
export type AutoConfig = z.infer<typeof autoConfigSchema>

export const timingConfigSchema = z.object({
  seconds: z.number().positive(),
  minIterations: z.number().int().positive(),
  /** Of the device's and the server's runtime, and images per run. */
  threads: z.number().int().positive(),
  batch: z.number().int().positive(),
})
export type TimingConfig = z.infer<typeof timingConfigSchema>

/** Everything that decides a comparison's outcome. Its hash finds the interrupted run that the same command resumes. */
export const compareConfigSchema = z.object({
  profile: z.enum(profileNames),
  data: dataConfigSchema,
  network: z.object({
    name: z.string(),
    width: z.number().positive(),
    /** Name of the pretrained weights that the comparison begins with; absent: the baseline is trained. */
    pretrained: z.string().optional(),
    /** Model folder (absolute) that the comparison begins with as it is, and sha256 of its two files. */
    model: z.object({ folder: z.string(), hash: z.string() }).optional(),
  }),
  frameworks: z.array(z.string()).min(1),
  /** null = all partition points of the network. */
  points: z.array(z.string()).nullable(),
  training: trainingConfigSchema,
  twoStep: twoStepConfigSchema,
  codec: codecConfigSchema.default({
    points: null,
    symbolPoints: null,
    widths: [0.25],
    reductions: [1],
    frozenEpochs: 3,
    frozenRate: 2e-3,
    jointEpochs: 1,
    jointRate: 2e-4,
    qualities: [20],
    sparsities: [0.5],
    ratios: [0.5],
    pruneEpochs: 2,
    pruneRounds: 4,
    snrs: [14.5],
    bits: [8],
  }),
  auto: autoConfigSchema.default({ keeps: [1, 0.5], epochs: 20, finalists: 2, heads: ['dense'] }),
  /** Whether only-splitting has candidates with int8 heads too. */
  int8: z.boolean().default(false),
  maxLoss: z.number().nonnegative(),
  device: z.string(),
  server: z.string(),
  /** Whether candidates may be selected by times of an emulated device. */
  allowEmulated: z.boolean().default(false),
  link: linkSchema,
  /** null: times are measured; a number: device times are the server's times × γ, marked modelled. */
  gamma: z.number().positive().nullable(),
  timing: timingConfigSchema,
  /** Whether every candidate is also run as one, device and server together, over the link. */
  endToEnd: z.boolean().default(false),
  /** Serial port of a power meter that stands between the board and its supply; null: the board's own, if it has one. */
  powerMeter: z.string().nullable().default(null),
  /** For the modelled energy of a board without a meter; null: a Raspberry Pi 3B's. */
  boardPower: boardPowerSchema.nullable().default(null),
  seed: z.number().int().nonnegative(),
  /** Threads of the trainer; part of the numeric fingerprint. */
  threads: z.number().int().positive(),
})
export type CompareConfig = z.infer<typeof compareConfigSchema>
