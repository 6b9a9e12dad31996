import type { Comparison } from '#common/contract/result.ts'
import { fixtureComparison } from '../../fixtures/comparison.ts'
import { storeRun } from './workspace.ts'

/** Three comparisons that differ in link, device, seed and day, and in what came out. Returns them, oldest first. */
export async function storeThreeRuns(workspace: string): Promise<Comparison[]> {
  const runs = [
    { ...fixtureComparison({ link: 'wifi' }) },
    { ...fixtureComparison({ link: '4g', device: 'board' }) },
    { ...fixtureComparison({ link: '3g' }) },
  ].map((comparison, index) => ({
    ...comparison,
    run: {
      ...comparison.run,
      id: `2026112${index}-101500-abc${index}de`,
      seed: index + 1,
      startedAt: `2026-11-2${index}T10:15:00.000Z`,
    },
  }))
  for (const run of runs) await storeRun(workspace, run)
  return runs
}
