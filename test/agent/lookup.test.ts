import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { useAgents } from '../support/agents.ts'
import { expectError } from '../support/images.ts'
import { writeLookupCandidate } from '../support/lookupCandidate.ts'
import { smallVgg } from '../support/randomModel.ts'

const agents = useAgents()
const never = new AbortController().signal
const rule = { seconds: 0.1, minIterations: 20 }

describe('a look-up head on the agent', () => {
  it.each([
    ['pool3', 'float32', 1],
    ['pool3', 'uint8', 1],
    ['conv2', 'uint8', 2],
  ] as const)(
    'at %s (%s) gives the features of the dense head, and both are timed in turns',
    async (point, form, batch) => {
      const device = await agents.connect()
      const folder = join(agents.folder, `${point}-${form}`)
      const { head, dense, check, split } = await writeLookupCandidate(folder, smallVgg(0.25), point, form)
      const hashes = await device.pushFiles([head, dense, check], () => {}, never)
      const sides = [head, dense].map((path) => ({
        ...{ side: 'head' as const, model: hashes.get(path)!, check: hashes.get(check)!, split },
        ...{ threads: 1, batch },
      }))
      for (const side of sides) {
        const { ok, reason, error } = await device.check(side, never)
        expect({ ok, reason }).toEqual({ ok: true, reason: null })
        if (form === 'float32') expect(error).toBeLessThan(1e-4)
      }
      const timed = await device.timeTogether({ sides, rule, rounds: 5, firstRound: 0, seed: 1 }, {}, never)
      expect(timed.sides).toHaveLength(2)
      for (const { samples } of timed.sides) expect(samples.length).toBeGreaterThanOrEqual(rule.minIterations)
    },
  )

  it('is refused with a reason where its file is damaged inside', async () => {
    const device = await agents.connect()
    const folder = join(agents.folder, 'damaged')
    const { head, check, split } = await writeLookupCandidate(folder, smallVgg(0.25), 'pool1', 'float32', { count: 1 })
    const bytes = await readFile(head)
    // An assignment that names no word.
    bytes[bytes.length - 1] = 255
    await writeFile(head, bytes)
    const hashes = await device.pushFiles([head, check], () => {}, never)
    const side = { side: 'head' as const, model: hashes.get(head)!, check: hashes.get(check)!, split, threads: 1 }
    await expectError(
      () => device.check(side, never),
      'device-failed',
      /assignments of conv\d are not numbers of words/,
    )
  })
})
