import { expect, it } from 'vitest'
import { fitLine } from '../../bench/trainer/line.ts'

it('fits a line by least squares, with the interval of its slope', () => {
  // By hand: Σ(x−2)(y−ȳ) = 7.84 over Σ(x−2)² = 10, through (0, 1.492).
  const { slope, slope95 } = fitLine([0, 1, 2, 3, 4], [1.5, 2.16, 3.16, 3.96, 4.52])
  expect(slope).toBeCloseTo(0.784, 10)
  const residuals = [0.008, -0.116, 0.1, 0.116, -0.108]
  const half = 3.182 * Math.sqrt(residuals.reduce((sum, one) => sum + one ** 2, 0) / 3 / 10)
  expect(slope95[0]).toBeCloseTo(0.784 - half, 10)
  expect(slope95[1]).toBeCloseTo(0.784 + half, 10)
})

it('lets each block of points have its own height', () => {
  // Slope 2 within each block, the second block 100 higher: without blocks the interval is wide.
  const x = [1, 2, 3, 1, 2, 3]
  const y = [2.1, 4, 6, 102, 104.1, 106]
  const { slope, slope95 } = fitLine(x, y, [0, 0, 0, 1, 1, 1])
  expect(slope).toBeCloseTo((3.9 + 4) / 4, 10)
  expect(slope95[1] - slope95[0]).toBeLessThan(0.3)
  const plain = fitLine(x, y).slope95
  expect(plain[1] - plain[0]).toBeGreaterThan(50)
})
