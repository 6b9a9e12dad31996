import type { AutoConfig, CodecConfig, Link, TwoStepConfig } from '#common/contract/config.ts'
import type { Time, UntimedCandidate } from '#common/contract/result.ts'
import type { CriterionName } from '#common/experiment/criteria.ts'
import type { PartitionPoint } from '#common/network/partition.ts'
import type { Model } from '#common/network/weights.ts'
import type { Random } from '#common/random.ts'
import type { ByteForm } from '../candidates/bytes.ts'
import type { Codec } from '../codecs/insert.ts'

/** The trained network that every framework of a comparison starts from. */
export interface Base {
  model: Model
  validationAccuracy: number
  /** Partition points of the comparison, `input` and `output` included when asked for. */
  points: readonly PartitionPoint[]
}

export interface RecipeOptions {
  /** Largest accuracy loss against the unpruned baseline of the same seed, on validation images. */
  maxLoss: number
  twoStep: TwoStepConfig
  codec: CodecConfig
  auto: AutoConfig
  /** That the comparison is made for. */
  link: Link
  /** Whether only-splitting has candidates with int8 heads too. */
  int8: boolean
}

/** A model with its accuracy on the validation images, stored: an interrupted run does not compute it again. */
export interface Staged {
  model: Model
  validationAccuracy: number
}

export type FeatureForm = 'float32' | 'uint8'
export type HeadForm = 'dense' | 'lookup' | 'int8'

/** A recipe's only way out of itself. */
export interface Lab {
  /** The model stored under `key`, or else what `compute` makes, validated and stored. Must be a pure function of its inputs. */
  stage(key: string, compute: () => Promise<Model>): Promise<Staged>
  /** Deletes the stored models under a prefix, once a later stage stands on its own. */
  forget(prefix: string): Promise<void>
  /**
   * SGD from fresh momentum; the rate falls from `rate` to 0 along half a cosine. `stream` names the random stream; the logits
   * of a `teacher` are to be met too (training/distil.ts).
   */
  fineTune(model: Model, options: { epochs: number; rate: number; stream: string; teacher?: Model }): Promise<Model>
  /** Adam on the named layers only; all others run as in evaluation (trainer/experiment/fit.ts). */
  fit(model: Model, options: FitOptions): Promise<Model>
  /** Puts a codec with seeded weights behind a partition point; what is there of the model stays as it is. */
  insert(model: Model, point: string, codec: Codec, stream: string): Model
  /** Outputs of a layer for `count` training images spread over all, float32 [count, C, H, W]. */
  features(model: Model, layer: string, count: number): Promise<Float32Array>
  /**
   * Scores per filter for the given groups, larger = keep; where the criterion needs images, from training images.
   * `until`: the last layer that counts where it measures what a filter does behind itself.
   */
  score(
    model: Model,
    groups: readonly string[],
    stream: string,
    criterion?: CriterionName,
    until?: string,
  ): Promise<Map<string, Float32Array>>
  /** The run's own random numbers of this name. */
  random(stream: string): Random
  /**
   * What a split takes on the device (head and encoding) and on the server (decoding and tail), timed there; weights do
   * not matter, so that nothing has to be trained first. Splits of equal structure are timed once.
   */
  time(
    model: Model,
    split: { point: string; form: FeatureForm; head?: HeadForm },
  ): Promise<{ device: Time; server: Time }>
  /**
   * Accuracy on the validation images of the whole path as files, through lossy bytes and an int8 head: what the trainer's
   * floats cannot tell.
   */
  throughBytes(
    model: Model,
    split: { point: string; form: FeatureForm; bytes?: ByteForm; head?: HeadForm },
  ): Promise<number>
  /** Cuts, exports, checks and evaluates one candidate; reused when it is there already. */
  export(model: Model, request: ExportRequest): Promise<UntimedCandidate>
  /** `done` of `total` units of a phase of the plan. */
  progress(phase: string, title: string, unit: string, done: number, total: number, detail?: string): void
  metric(stage: string, step: number, values: Record<string, number>): void
  log(text: string): void
}

export interface ExportRequest {
  framework: string
  step: string | null
  point: string
  /** How features cross where the model has no codec: a codec's wire says it itself. */
  form: FeatureForm
  /** What the device is given: ordinary layers, the tables of quantised weights (`lookup`), or layers in whole numbers. */
  head?: HeadForm
  /** How codes become bytes; as they are where it is left out. */
  bytes?: ByteForm
  /** That the network is the unpruned one on purpose: what is left when an ablation takes every part away. */
  untouched?: boolean
  validationAccuracy: number
}

/** Which layers learn, and from where on. */
export interface FitOptions {
  layers: readonly string[]
  /** The output of this layer is computed once; everything up to it must be frozen. */
  from?: string
  epochs: number
  /** Falls to 0 along half a cosine. */
  rate: number
  /** Names the random stream. */
  stream: string
  /** Σ α·|γ| over these elements of these weights is added to the loss (SAFBMP, Eq 11). */
  penalty?: { alpha: number; scales: ReadonlyMap<string, readonly number[]> }
  /** Instead of the cross-entropy: mean |output of this layer − output of `from`|. */
  restore?: string
  /** Whose logits are to be met beside the labels, from image to logits (training/distil.ts). */
  teacher?: Model
}

export interface MissingCandidate {
  framework: string
  step: string | null
  partitionPoint: string
  reason: string
}

/** What a recipe yields: a candidate, a cell that stays empty, or the layer table of a model for the charts. */
export type Yielded =
  | { kind: 'candidate'; candidate: UntimedCandidate }
  | { kind: 'missing'; missing: MissingCandidate }
  | { kind: 'model'; series: string; points: readonly string[] | 'all'; model: Model }

export type Recipe = (base: Base, options: RecipeOptions, lab: Lab) => AsyncGenerator<Yielded, void>
