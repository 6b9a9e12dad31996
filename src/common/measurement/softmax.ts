/**
 * The likeliest classes by the softmax of logits, the best first; of equals the one with the smaller number. Shares are
 * of all classes, not of those that are returned.
 */
export function likeliest(logits: ArrayLike<number>, count: number): { class: number; share: number }[] {
  const values = Array.from(logits)
  const largest = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  // From the largest down: nothing overflows.
  const weights = values.map((value) => Math.exp(value - largest))
  const sum = weights.reduce((a, b) => a + b, 0)
  return weights
    .map((weight, index) => ({ class: index, share: weight / sum }))
    .sort((a, b) => values[b.class]! - values[a.class]!)
    .slice(0, count)
}
