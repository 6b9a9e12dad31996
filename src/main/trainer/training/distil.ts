import type { Kernels, Tensor } from '../backend/kernels.ts'

/** What a teacher says of a batch: knowledge distillation (Hinton, Vinyals, Dean, arXiv 1503.02531). */
export interface SoftLabels {
  /** The teacher's logits [N, classes] of the same images. */
  logits: Float32Array
}

/** Divides both sides' logits before their softmax. */
const temperature = 4
/** Of the teacher in the loss; the labels have the rest. */
const teacherShare = 0.9

/**
 * scale · ∂C/∂z for every logit z of a batch [N, classes], of an example's
 * C = (1 − λ) · CE(y, σ(z)) + λ · T² · KL(σ(t/T) ‖ σ(z/T)), t the teacher's logits, λ = 0.9 and T = 4: Hinton et al., §2, whose
 * T² keeps the size of the soft part's gradient as the temperature changes. In double precision.
 */
export function distilledGradient(
  logits: Float32Array,
  labels: ArrayLike<number>,
  { logits: taught }: SoftLabels,
  scale: number,
): Float32Array {
  const classes = logits.length / labels.length
  const gradient = new Float32Array(logits.length)
  for (let n = 0; n < labels.length; n++) {
    const start = n * classes
    const own = softmax(logits, start, classes, 1)
    const soft = softmax(logits, start, classes, temperature)
    const wanted = softmax(taught, start, classes, temperature)
    for (let k = 0; k < classes; k++) {
      const hard = own[k]! - (labels[n] === k ? 1 : 0)
      gradient[start + k] = scale * ((1 - teacherShare) * hard + teacherShare * temperature * (soft[k]! - wanted[k]!))
    }
  }
  return gradient
}

/** The gradient of a batch at its logits, rows [N, classes] whose numbers are `values`: of the labels, or of both with `soft`. */
export const gradientAtLogits = (
  kernels: Kernels,
  rows: Tensor,
  values: Float32Array,
  labels: ArrayLike<number>,
  scale: number,
  soft: SoftLabels | undefined,
): Tensor =>
  soft
    ? kernels.upload(distilledGradient(values, labels, soft, scale), rows.shape)
    : kernels.crossEntropyGradient(rows, Int32Array.from(labels), scale)

function softmax(logits: Float32Array, start: number, classes: number, divisor: number): Float64Array {
  let most = Number.NEGATIVE_INFINITY
  for (let k = 0; k < classes; k++) most = Math.max(most, logits[start + k]!)
  const values = Float64Array.from({ length: classes }, (_, k) => Math.exp((logits[start + k]! - most) / divisor))
  const total = values.reduce((sum, one) => sum + one, 0)
  return values.map((one) => one / total)
}
