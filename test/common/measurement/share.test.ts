import { expect, it } from 'vitest'
import { wilson } from '#common/measurement/share.ts'

// Reference: the roots p of (share − p)² = z² p (1 − p) / n, computed in Python.
it.each([
  [910, 1000, 0.8906582, 0.9262038],
  [5, 10, 0.2365931, 0.7634069],
  [0, 20, 0, 0.1611252],
  [20, 20, 0.8388748, 1],
])('%d of %d', (count, n, low, high) => {
  const [a, b] = wilson(count / n, n)
  expect(a).toBeCloseTo(low, 5)
  expect(b).toBeCloseTo(high, 5)
})

it('knows nothing without trials', () => expect(wilson(0.7, 0)).toEqual([0, 1]))
