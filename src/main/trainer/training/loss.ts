/**
 * Cross-entropy of each example, summed, and how many are classified correctly (the first of equal maxima counts).
 * `logits` is [N, classes]; computed in double precision, stable for large logits.
 */
export function scoreLogits(logits: Float32Array, labels: ArrayLike<number>): { lossSum: number; correct: number } {
  const classes = logits.length / labels.length
  let lossSum = 0
  let correct = 0
  for (let n = 0; n < labels.length; n++) {
    const start = n * classes
    let best = start
    for (let at = start + 1; at < start + classes; at++) if (logits[at]! > logits[best]!) best = at
    let total = 0
    for (let at = start; at < start + classes; at++) total += Math.exp(logits[at]! - logits[best]!)
    lossSum += Math.log(total) + logits[best]! - logits[start + labels[n]!]!
    if (best - start === labels[n]) correct += 1
  }
  return { lossSum, correct }
}
