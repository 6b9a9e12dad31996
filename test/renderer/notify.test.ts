import { expect, it } from 'vitest'
import type { JobSummary } from '#common/contract/workbench.ts'
import { isWorthTelling } from '../../src/renderer/stores/notify.ts'

it('tells ends of long jobs to who looks elsewhere, and not what was cancelled or is soon over', () => {
  const job = { state: 'finished', startedAt: '2026-11-27T10:00:00Z', endedAt: '2026-11-27T10:05:00Z' } as JobSummary
  expect(isWorthTelling(job, false)).toBe(true)
  expect(isWorthTelling(job, true)).toBe(false)
  expect(isWorthTelling({ ...job, state: 'failed' }, false)).toBe(true)
  expect(isWorthTelling({ ...job, state: 'cancelled' }, false)).toBe(false)
  expect(isWorthTelling({ ...job, endedAt: '2026-11-27T10:00:03Z' }, false)).toBe(false)
  expect(isWorthTelling({ ...job, startedAt: null }, false)).toBe(false)
})
