import { join } from 'node:path'
import { expect, it } from 'vitest'
import { prunedHeads } from '../support/prunedHeads.ts'
import { describeWith } from '../support/requires.ts'
import { onePi } from './virtualPi/onePi.ts'

const never = new AbortController().signal

describeWith('qemu-arm64', 'pruned heads on a virtual Pi', () => {
  const pi = onePi('pruned')

  it.each([
    { network: 'vgg16', width: 0.25, point: 'pool3' },
    { network: 'resnet18', width: 0.25, point: 'layer2.1' },
    { network: 'mobilenetv1', width: 0.5, point: 'b5' },
  ])('give what the same files give here, channels rounded or not: $network to $point', async (cut) => {
    const order = { ...cut, ratios: [0.5], roundings: [1, 8] }
    const heads = await prunedHeads(join(pi.folder, cut.network), order)
    const sizes = new Set(heads.map(({ macs }) => macs))
    expect(sizes.size).toBe(3)
    for (const { head, check, split } of heads) {
      const hashes = await pi.device.pushFiles([head, check], () => {}, never)
      const side = { side: 'head' as const, model: hashes.get(head)!, check: hashes.get(check)!, split, threads: 1 }
      const { ok, reason, error } = await pi.device.check(side, never)
      expect({ ok, reason }).toEqual({ ok: true, reason: null })
      // Ten times less than a check allows: float32 in another order of summation.
      expect(error).toBeLessThan(1e-4)
    }
  })
})
