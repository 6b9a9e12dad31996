import { expect, it } from 'vitest'
import { fuzz } from '../../../support/fuzz/run.ts'

/** A short, fixed part of `npm run test:fuzz`. */
it('damaged ONNX files, weights and graphs end in one clear message each', async () => {
  const report = await fuzz(2000, 180)
  expect(report.failures).toEqual([])
  expect(report.cases).toBe(180)
  // The damage is of a kind that is found, and of a kind that changes numbers only.
  expect(report.outcomes['bad-network']).toBeGreaterThan(90)
  expect(report.peakMb).toBeLessThan(700)
})
