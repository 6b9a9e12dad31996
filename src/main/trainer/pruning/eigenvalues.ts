/**
 * Eigenvalues of a symmetric matrix (row-major [n, n]), ascending: Householder's reduction to three diagonals, then the
 * implicit QL iteration, without vectors (Golub & Van Loan, "Matrix Computations", §8.3). About 4/3·n³ operations.
 * Throws an Error where a diagonal does not converge, which a finite symmetric matrix never shows.
 */
export function symmetricEigenvalues(matrix: Float64Array, n: number): Float64Array {
  const { diagonal, beside } = tridiagonal(Float64Array.from(matrix), n)
  implicitQl(diagonal, beside)
  return diagonal.sort()
}

function tridiagonal(a: Float64Array, n: number): { diagonal: Float64Array; beside: Float64Array } {
  const diagonal = new Float64Array(n)
  const beside = new Float64Array(n)
  const v = new Float64Array(n)
  const p = new Float64Array(n)
  for (let k = 0; k < n - 2; k++) {
    // Reflect column k below the diagonal onto its first element.
    let norm = 0
    for (let i = k + 1; i < n; i++) norm = Math.hypot(norm, a[i * n + k]!)
    const head = a[(k + 1) * n + k]!
    const target = head > 0 ? -norm : norm
    beside[k + 1] = target
    if (norm === 0) continue
    let squared = 0
    for (let i = k + 1; i < n; i++) {
      v[i] = a[i * n + k]! - (i === k + 1 ? target : 0)
      squared += v[i]! * v[i]!
    }
    if (squared === 0) continue
    // A ← (I − 2vvᵀ/vᵀv) A (I − 2vvᵀ/vᵀv) on what is left, as a symmetric update of rank two.
    let along = 0
    for (let i = k + 1; i < n; i++) {
      let sum = 0
      for (let j = k + 1; j < n; j++) sum += a[i * n + j]! * v[j]!
      p[i] = (2 * sum) / squared
      along += v[i]! * p[i]!
    }
    const half = along / squared
    for (let i = k + 1; i < n; i++) p[i]! -= half * v[i]!
    for (let i = k + 1; i < n; i++) {
      for (let j = k + 1; j < n; j++) a[i * n + j]! -= v[i]! * p[j]! + p[i]! * v[j]!
    }
  }
  for (let i = 0; i < n; i++) diagonal[i] = a[i * n + i]!
  if (n > 1) beside[n - 1] = a[(n - 1) * n + n - 2]!
  return { diagonal, beside }
}

const mostSweeps = 60

/** `beside[i]` stands between i − 1 and i. */
function implicitQl(diagonal: Float64Array, beside: Float64Array): void {
  const n = diagonal.length
  const e = new Float64Array(n)
  for (let i = 1; i < n; i++) e[i - 1] = beside[i]!
  // Against the whole matrix: what is beside two diagonals that are zero but for rounding never gets small against them.
  let largest = 0
  for (let i = 0; i < n; i++) largest = Math.max(largest, Math.abs(diagonal[i]!) + Math.abs(e[i]!))
  const negligible = Number.EPSILON * largest
  for (let low = 0; low < n; low++) {
    for (let sweep = 0; ; sweep++) {
      let high = low
      while (high < n - 1) {
        if (Math.abs(e[high]!) <= negligible) break
        high++
      }
      if (high === low) break
      if (sweep === mostSweeps) throw new Error('the eigenvalues of a matrix do not converge')
      let g = (diagonal[low + 1]! - diagonal[low]!) / (2 * e[low]!)
      let r = Math.hypot(g, 1)
      g = diagonal[high]! - diagonal[low]! + e[low]! / (g + (g >= 0 ? r : -r))
      let [s, c, shift] = [1, 1, 0]
      let i = high - 1
      for (; i >= low; i--) {
        const f = s * e[i]!
        const b = c * e[i]!
        r = Math.hypot(f, g)
        e[i + 1] = r
        if (r === 0) {
          diagonal[i + 1]! -= shift
          e[high] = 0
          break
        }
        s = f / r
        c = g / r
        g = diagonal[i + 1]! - shift
        r = (diagonal[i]! - g) * s + 2 * c * b
        shift = s * r
        diagonal[i + 1] = g + shift
        g = c * r - b
      }
      if (r === 0 && i >= low) continue
      diagonal[low]! -= shift
      e[low] = g
      e[high] = 0
    }
  }
}
