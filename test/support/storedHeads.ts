import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Candidate, Comparison } from '#common/contract/result.ts'
import { sha256File } from '../../src/system/hash.ts'
import { fixtureComparison } from '../fixtures/comparison.ts'
import { writeFinishedRun } from './finishedRun.ts'
import { writeTinyCandidate } from './tinyCandidate.ts'

/**
 * A finished comparison in a workspace whose heads really run: the fixture's numbers, with tiny candidates at two of its
 * points and none left at the others. Returns what is stored.
 */
export async function storeRunWithHeads(workspace: string): Promise<Comparison> {
  const fixture = fixtureComparison()
  const folder = join(workspace, 'splitbench-runs', fixture.run.id)
  const wanted = ['pool1', 'pool2']
  const chosen = fixture.candidates.filter(
    ({ framework, partitionPoint, codec }) =>
      framework === 'only-splitting' && wanted.includes(partitionPoint) && codec === 'uint8',
  )
  const candidates: Candidate[] = []
  for (const [index, candidate] of chosen.entries()) {
    const place = join('candidates', candidate.id)
    // Different content, so that each is timed.
    const { head, split } = await writeTinyCandidate(join(folder, place), index === 0 ? 'uint8' : 'float32')
    writeFileSync(join(folder, place, 'split.json'), JSON.stringify(split))
    candidates.push({
      ...candidate,
      files: {
        head: join(place, 'head.onnx'),
        tail: join(place, 'tail.onnx'),
        split: join(place, 'split.json'),
        check: join(place, 'check.safetensors'),
      },
      hashes: { ...candidate.hashes, head: await sha256File(head) },
    })
  }
  const comparison = { ...fixture, candidates }
  await writeFinishedRun(folder, comparison)
  return comparison
}
