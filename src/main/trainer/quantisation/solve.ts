/**
 * x of A·x = b for a symmetric positive definite A [n, n] (Cholesky); both are overwritten. Undefined where A is not
 * positive definite.
 */
export function solve(a: Float64Array, b: Float64Array): Float64Array | undefined {
  const n = b.length
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]
      for (let k = 0; k < j; k++) sum -= a[i * n + k] * a[j * n + k]
      if (i !== j) a[i * n + j] = sum / a[j * n + j]
      else if (sum > 0) a[i * n + i] = Math.sqrt(sum)
      else return undefined
    }
    for (let k = 0; k < i; k++) b[i] -= a[i * n + k] * b[k]
    b[i] /= a[i * n + i]
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) b[i] -= a[k * n + i] * b[k]
    b[i] /= a[i * n + i]
  }
  return b
}
