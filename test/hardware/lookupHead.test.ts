import { join } from 'node:path'
import { expect, it } from 'vitest'
import { writeLookupCandidate } from '../support/lookupCandidate.ts'
import { smallVgg } from '../support/randomModel.ts'
import { describeWith } from '../support/requires.ts'
import { onePi } from './virtualPi/onePi.ts'

const never = new AbortController().signal

describeWith('qemu-arm64', 'a look-up head on a virtual Pi', () => {
  const pi = onePi('lookup')

  it.each(['float32', 'uint8'] as const)(
    'gives what the same weights give as loops, on arm64 vectors: %s',
    async (form) => {
      const order = { words: 16, count: 2 }
      const { head, check, split } = await writeLookupCandidate(
        join(pi.folder, form),
        smallVgg(0.25),
        'pool2',
        form,
        order,
      )
      const hashes = await pi.device.pushFiles([head, check], () => {}, never)
      const side = { side: 'head' as const, model: hashes.get(head)!, check: hashes.get(check)!, split, threads: 1 }
      const { ok, reason, error } = await pi.device.check(side, never)
      expect({ ok, reason }).toEqual({ ok: true, reason: null })
      if (form === 'float32') expect(error).toBeLessThan(1e-4)
      const timed = await pi.device.time(side, { seconds: 0.1, minIterations: 5 }, () => {}, never)
      expect(timed.modelMs.length).toBeGreaterThanOrEqual(5)
      expect(pi.device.source).toBe('emulated')
    },
  )
})
