/** Three significant digits with their zeros, so that the digits of a column stand below each other: 1.6 → "1.60". */
export function threeDigits(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (value === 0) return '0'
  return value.toFixed(decimalsOf(value))
}

/** A 95 % interval's wider side with the decimals of its value: 1.85, [1.8, 1.91] → "±0.06". */
export function plusMinus(value: number, [low, high]: readonly [number, number]): string {
  const half = Math.max(value - low, high - value)
  return `±${half.toFixed(Math.max(decimalsOf(value), half > 0 ? -Math.floor(Math.log10(half)) : 0))}`
}

const decimalsOf = (value: number): number =>
  value === 0 ? 0 : Math.min(12, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))))
