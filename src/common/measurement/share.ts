const z = 1.959963984540054

/**
 * 95 % interval of a share that was seen in `n` trials, as fractions (Wilson, JASA 22, 1927). It stays within 0..1 and
 * has a width at 0 and 1, too. Without trials: everything is possible.
 */
export function wilson(share: number, n: number): [number, number] {
  if (n <= 0) return [0, 1]
  const spread = z * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2))
  const [low, high] = [-1, 1].map((sign) => (share + z ** 2 / (2 * n) + sign * spread) / (1 + z ** 2 / n)) as [
    number,
    number,
  ]
  // Rounding must not push the bounds past what they enclose.
  return [Math.max(0, Math.min(low, share)), Math.min(1, Math.max(high, share))]
}
